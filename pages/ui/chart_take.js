// What leaves the room with a chart: a picture that says where it comes from, the numbers drawn, a link to the view.
// Joined to chart.js by chart.py; `arrange` and `wrap` come from there.

const SLIDE = { width: 1280, height: 720, scale: 2, ending: "" };
const REPORT = { width: 720, height: 480, scale: 3, ending: "-report" }; // 16 cm of paper at over 300 dots an inch
const EDGE = 20; // pixels of white around a picture
const FOOT = { size: 13, line: 18, above: 14, colour: "#566270" };
const SVG = "http://www.w3.org/2000/svg";
const ACTS_IN_A_CELL = /^[=+\-@\t\r\n]/;
let menuCount = 0;

// A small menu below the button, in the page's own colours; Escape or a click elsewhere closes it.
function openTakeMenu(chart, figure) {
  const menu = document.createElement("div");
  const page = getComputedStyle(chart.div);
  const surface = page.getPropertyValue("--st-background-color") || "#fff";
  const line = page.getPropertyValue("--st-border-color") || "#ccc";
  menu.id = `chart-take-${++menuCount}`;
  menu.popover = "auto";
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", "Save or copy this chart");
  menu.style.cssText =
    `position:fixed;inset:auto;margin:0;padding:6px;border:1px solid ${line};border-radius:8px;background:${surface};` +
    `color:${page.color};font:15px/1.4 ${page.fontFamily};box-shadow:0 4px 16px #0003;max-width:calc(100vw - 16px)`;
  const entries = [
    ["Picture for a slide, PNG", () => savePicture(chart, figure, SLIDE, "png")],
    ["Picture for a slide, SVG", () => savePicture(chart, figure, SLIDE, "svg")],
    ["Picture for a report, PNG", () => savePicture(chart, figure, REPORT, "png")],
    ["Picture for a report, SVG", () => savePicture(chart, figure, REPORT, "svg")],
    ["Numbers drawn, CSV", () => saveText(csvOf(chart), `${chart.key}.csv`, "text/csv")],
    ["Copy link to this view", () => copyText(location.href, menu)],
  ];
  for (const [label, act] of entries) {
    const entry = document.createElement("button");
    entry.type = "button";
    entry.textContent = label;
    entry.setAttribute("role", "menuitem");
    entry.style.cssText =
      "display:block;width:100%;padding:7px 12px;border:0;border-radius:5px;background:none;color:inherit;" +
      "font:inherit;text-align:left;cursor:pointer";
    for (const [event, colour] of [["mouseenter", line], ["focus", line], ["mouseleave", "none"], ["blur", "none"]])
      entry.addEventListener(event, () => (entry.style.background = colour));
    entry.addEventListener("click", async () => {
      try {
        if ((await act()) !== "stay") menu.hidePopover();
      } catch (error) {
        console.error(error);
        entry.textContent = "That did not work. Reload the page to try again.";
      }
    });
    menu.append(entry);
  }
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...menu.children];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  const button = chart.div.querySelector('.modebar-btn[data-attr], .modebar-btn') ?? chart.div;
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    menu.remove();
    button.focus?.();
  });
  document.body.append(menu);
  menu.showPopover();
  const at = button.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(at.bottom + 4, innerHeight - menu.offsetHeight - 8))}px`;
  menu.firstChild.focus();
}

async function savePicture(chart, figure, size, format) {
  const picture = await pictureOf(chart, figure, size);
  const text = new XMLSerializer().serializeToString(picture);
  const name = `${chart.key}${size.ending}.${format}`;
  if (format === "svg") return saveText(text, name, "image/svg+xml");
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = picture.width.baseVal.value * size.scale;
    canvas.height = picture.height.baseVal.value * size.scale;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    save(await new Promise((done) => canvas.toBlob(done, "image/png")), name);
  } finally {
    URL.revokeObjectURL(url);
  }
}

// The chart on white with its origin below it, as one SVG element. Nothing of the figure can run over the foot.
async function pictureOf(chart, figure, { width, height, ending }) {
  const { data, layout } = structuredClone(figure);
  const family = getComputedStyle(chart.div).fontFamily;
  const inside = width - 2 * EDGE;
  const foot = chart.footer.flatMap((line) => wrap(line, inside, `${FOOT.size}px ${family}`));
  const footHeight = foot.length ? foot.length * FOOT.line + FOOT.above : 0;
  // In a report a chart of many rows keeps its height; a slide has only one.
  const whole = ending ? Math.max(height, chart.div.clientHeight + footHeight + 2 * EDGE) : height;
  const drawn = { width: inside, height: whole - 2 * EDGE - footHeight };
  arrange({ data, layout }, drawn.width, drawn.height, family);
  Object.assign(layout, drawn, { paper_bgcolor: "white", autosize: false });
  const text = await window.Plotly.toImage({ data, layout }, { format: "svg", ...drawn, imageDataOnly: true });
  const inner = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  inner.setAttribute("x", EDGE);
  inner.setAttribute("y", EDGE);
  const outer = document.createElementNS(SVG, "svg");
  const sizes = { width, height: whole, viewBox: `0 0 ${width} ${whole}` };
  for (const [name, value] of Object.entries(sizes)) outer.setAttribute(name, value);
  const ground = outer.appendChild(document.createElementNS(SVG, "rect"));
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", "#fff"]]) ground.setAttribute(name, value);
  outer.append(document.importNode(inner, true));
  foot.forEach((line, number) => {
    const said = outer.appendChild(document.createElementNS(SVG, "text"));
    const place = { x: EDGE, y: whole - EDGE - (foot.length - 1 - number) * FOOT.line };
    const look = { ...place, fill: FOOT.colour, "font-size": FOOT.size, "font-family": family };
    for (const [name, value] of Object.entries(look)) said.setAttribute(name, value);
    said.textContent = line;
  });
  return outer;
}

// The numbers of the traces on screen, a row for each point: which series, and a column for each axis they have.
function csvOf(chart) {
  const layout = chart.div._fullLayout;
  const heads = ["Series"];
  const rows = [];
  const put = (row, head, value) => {
    if (value === undefined || value === null) return;
    if (!heads.includes(head)) heads.push(head);
    row.set(head, value);
  };
  for (const trace of chart.div._fullData) {
    if (trace.visible !== true) continue;
    const [x, y] = ["x", "y"].map((letter) => {
      const axis = layout[(trace[`${letter}axis`] ?? letter).replace(/^([xy])/, "$1axis")];
      return headOf(axis, letter, layout);
    });
    if (trace.z) {
      const z = withUnit(plainText(trace.colorbar?.title?.text) || plainText(trace.name) || "Value", trace.colorbar);
      trace.z.forEach((line, up) => {
        Array.from(line).forEach((value, across) => {
          const row = new Map([["Series", plainText(trace.name)]]);
          put(row, x, (trace._input?.x ?? trace.x)?.[across] ?? across);
          put(row, y, (trace._input?.y ?? trace.y)?.[up] ?? up);
          put(row, z, value);
          rows.push(row);
        });
      });
      continue;
    }
    const [xs, ys] = [trace.x, trace.y];
    const along = trace.orientation === "h" ? x : y; // the axis along which a bar runs
    for (let place = 0; place < Math.max(xs?.length ?? 0, ys?.length ?? 0); place++) {
      const row = new Map([["Series", plainText(trace.name)]]);
      put(row, x, xs?.[place] ?? place);
      put(row, y, ys?.[place] ?? place);
      const base = Array.isArray(trace.base) || ArrayBuffer.isView(trace.base) ? trace.base[place] : trace.base;
      if (base !== undefined && base !== null) put(row, `Bar starts at: ${along}`, base);
      rows.push(row);
    }
  }
  const shown = [plainText(chart.div._fullLayout.title?.text), ...chart.footer];
  const table = [heads, ...rows.map((row) => heads.map((head) => row.get(head) ?? ""))];
  const above = shown.filter(Boolean).map((line) => quoted(`# ${line}`));
  return "\ufeff" + [...above, ...table.map((row) => row.map(inCell).join(","))].join("\r\n") + "\r\n";
}

// What an axis shows, with its unit: its own title, or the caption of its row, or that of an axis it shares.
function headOf(axis, letter, layout) {
  const caption = layout.annotations?.find(
    (note) => letter === "y" && note.yref === "paper" && axis.domain && Math.abs(note.y - axis.domain[1]) < 1e-6,
  );
  const shared = layout[`${letter}axis`]?.title?.text;
  const title = plainText(ownTitle(axis)) || plainText(caption?.text) || (letter === "x" ? plainText(shared) : "");
  return withUnit(title || (letter === "x" ? "Across" : "Upwards"), axis);
}

const ownTitle = (axis) => (/^Click to enter/.test(axis?.title?.text ?? "") ? "" : axis?.title?.text);

function withUnit(title, axis = {}) {
  const ticks = (axis.ticktext ?? []).join("\n");
  const unit =
    (axis.tickprefix === "$" && "USD") ||
    (/\d (µs|ms|s|min|h)$/m.test(ticks) && "s") ||
    (/\d %$/m.test(ticks) && "share of 1") ||
    (/%$/.test(axis.tickformat ?? "") && "share of 1") ||
    (axis.ticksuffix ?? "").trim();
  const there = unit && (title.includes(`(${unit})`) || new RegExp(`\\b${unit.replace(/\W/g, "\\$&")}\\b`).test(title));
  const inWords = unit === "s" && /^seconds\b/i.test(title);
  return unit && !there && !inWords ? `${title} (${unit})` : title;
}

const plainText = (text) => (text ?? "").replace(/<br>/g, " ").replace(/<[^>]*>/g, "").trim();

const quoted = (text) => `"${text.replace(/"/g, '""')}"`;

// Numbers as they are; text in quotes, with an apostrophe before what a spreadsheet would take for a formula.
function inCell(value) {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = String(value);
  return quoted(ACTS_IN_A_CELL.test(text) ? `'${text}` : text);
}

function saveText(text, name, type) {
  save(new Blob([text], { type: `${type};charset=utf-8` }), name);
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// The clipboard is there only on a secure address; elsewhere the old way, and the address to copy by hand at last.
async function copyText(text, menu) {
  const entry = menu.lastChild;
  try {
    await navigator.clipboard.writeText(text);
    entry.textContent = "Link copied";
  } catch {
    const field = document.createElement("input");
    field.value = text;
    field.readOnly = true;
    field.setAttribute("aria-label", "Link to this view");
    field.style.cssText = "width:100%;padding:6px;font:inherit";
    entry.replaceWith(field);
    field.select();
    if (document.execCommand("copy")) field.title = "Copied";
  }
  return "stay";
}
