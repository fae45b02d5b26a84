// Draws one figure per element and keeps the element. The constants PLOTLY_URL, DARK, FROM_PAGE and TEMPLATE
// come from chart.py.

const NARROW = 520; // pixels, below which type is smaller: a phone held upright
const LARGE_ROOM = 1200; // pixels, above which a chart for a large room has even larger type
const LEAST_HEIGHT = 280;
const LOOK = JSON.stringify(TEMPLATE); // of every figure
const decoder = new TextDecoder();
const charts = new WeakMap(); // the parent element Streamlit gives each chart -> its Chart
let library; // one plotly.js per browser tab

function loadPlotly() {
  return (library ??= new Promise((resolve, reject) => {
    const own = document.querySelector('script[src*="static/js/"]'); // tells where Streamlit lives, behind any prefix
    const root = own ? own.src.split("static/js/")[0] : new URL("./", document.baseURI).href;
    // A script element, not fetch: only then does the browser keep the compiled code for the next load.
    const script = document.createElement("script");
    script.src = root + PLOTLY_URL;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      library = undefined;
      script.remove();
      reject(new Error("plotly.js could not be loaded"));
    };
    document.head.append(script);
  }));
}

class Chart {
  constructor(parent) {
    this.div = document.createElement("div");
    this.div.setAttribute("role", "figure");
    parent.append(this.div);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.div);
    this.room = parent.closest("[data-testid=stMainBlockContainer]");
    this.div.addEventListener("mousemove", (event) => (this.pointer = event), true);
    this.div.addEventListener("mouseleave", () => (this.pointer = undefined));
  }

  update(message) {
    if (message !== this.message) {
      const about = JSON.parse(message);
      this.message = message;
      this.key = about.key;
      this.footer = about.footer;
      this.larger = about.larger;
      this.figure = JSON.stringify(about.figure);
      this.height = about.height;
      this.setHeight(); // before the library is there: what stands below must not move
      this.div.setAttribute("aria-label", about.description);
    }
    this.draw();
  }

  // The height asked for, or what the rest of the page leaves of the window.
  setHeight() {
    if (this.height === null && this.room && !this.fitted) {
      this.fitted = true;
      this.observer.observe(this.room);
      addEventListener("resize", (this.resized = () => this.draw()));
    }
    const left = this.room ? innerHeight - (this.room.offsetHeight - this.div.offsetHeight) : 0;
    this.div.style.height = `${this.height ?? Math.max(LEAST_HEIGHT, left)}px`;
  }

  // Draw the newest state; while a drawing is under way, later requests merge into one.
  async draw() {
    this.wanted = true;
    if (this.drawing) return;
    this.drawing = true;
    try {
      while (this.wanted) {
        this.wanted = false;
        await this.drawOnce();
      }
    } catch (error) {
      console.error(error);
      if (!this.drawn) this.div.textContent = "This chart could not be drawn. Reload the page to try again.";
    } finally {
      this.drawing = false;
    }
  }

  async drawOnce() {
    const Plotly = await loadPlotly();
    this.setHeight();
    const { clientWidth: width, clientHeight: height } = this.div;
    if (!this.figure || !width || this.removed) return; // folded away: the observer calls again when it opens
    const page = getComputedStyle(this.div);
    const colours = coloursOf(page);
    const state = [this.figure, width, height, page.fontFamily, this.legend, JSON.stringify(colours)].join("\n");
    if (state === this.drawn) return;
    const figure = JSON.parse(recolour(this.figure, colours));
    figure.layout.template = JSON.parse(recolour(LOOK, colours));
    if (this.larger && width >= NARROW) enlarge(figure, Math.round(this.larger * Math.max(1, width / LARGE_ROOM)));
    arrange(figure, width, height, page.fontFamily, this.legend);
    Object.assign(figure.layout, { width, height, autosize: false });
    figure.layout.uirevision ??= this.key;
    if (matchMedia("(pointer: coarse)").matches) figure.layout.dragmode = false; // a finger scrolls the page
    // Always the same object: at any difference in it Plotly starts over, and zoom and legend clicks are lost.
    this.config ??= {
      displaylogo: false,
      displayModeBar: "hover",
      modeBarButtons: [
        [this.download(Plotly.Icons.disk)],
        ["zoom2d", "pan2d", "resetScale2d"],
      ],
    };
    await Plotly.react(this.div, figure.data, figure.layout, this.config);
    this.drawn = state;
    for (const picture of this.div.querySelectorAll(".main-svg")) picture.setAttribute("aria-hidden", "true");
    this.hoverAgain();
    const legend = this.div._fullLayout.legend?._height;
    if (legend && Math.abs(legend - (this.legend ?? 1.6 * this.div._fullLayout.title.font.size)) > 6) {
      this.legend = legend; // it wrapped, or no longer does: make room once more
      this.wanted = true;
    }
  }

  // Plotly drops the hover label when the data changes; move the pointer by nothing to get it back.
  hoverAgain() {
    const { clientX, clientY } = this.pointer ?? {};
    if (this.pointer?.target.isConnected) {
      const target = document.elementFromPoint(clientX, clientY);
      if (this.div.contains(target)) {
        target.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
      }
    }
  }

  // A modebar button that hands out what is on screen, in the light colours: what the legend hides stays hidden.
  download(icon) {
    return {
      name: "take",
      title: "Save or copy this chart",
      icon,
      click: (shown) => {
        const { data, layout } = JSON.parse(this.figure);
        layout.template = JSON.parse(LOOK);
        shown._fullData.forEach((trace) => data[trace.index] && (data[trace.index].visible = trace.visible));
        for (const name of Object.keys(shown._fullLayout).filter((name) => /^[xy]axis\d*$/.test(name))) {
          layout[name] = { ...layout[name], range: shown._fullLayout[name].range, autorange: false };
        }
        openTakeMenu(this, { data, layout });
      },
    };
  }

  remove() {
    this.removed = true;
    this.observer.disconnect();
    removeEventListener("resize", this.resized);
    window.Plotly?.purge(this.div);
    this.div.remove();
  }
}

// Which colour stands for which: the dark palette on a dark page, and the page's own text, grid and background.
function coloursOf(page) {
  const [r, g, b] = page.color.match(/[\d.]+/g).map(Number);
  const dark = 0.299 * r + 0.587 * g + 0.114 * b > 128; // light text, so a dark page
  const colours = dark ? { ...DARK } : {};
  for (const [colour, variable] of Object.entries(FROM_PAGE)) {
    const value = page.getPropertyValue(variable).trim();
    if (CSS.supports("color", value) && !/["\\]/.test(value)) colours[colour] = value;
  }
  return colours;
}

function recolour(json, colours) {
  return json.replace(/#([0-9a-f]{6})([0-9a-f]{2})?\b/gi, (whole, rgb, opacity = "") => {
    const colour = colours[`#${rgb}`.toLowerCase()];
    return colour ? colour + (colour.length === 7 ? opacity : "") : whole;
  });
}

// Fit title, legend and type to the width. Plotly neither wraps a title nor keeps a legend clear of it, so the top
// margin is made of the title's lines and the height of the legend (the one drawn last, at first: one row).
function arrange({ data, layout }, width, height, family, legend) {
  const template = layout.template?.layout ?? {};
  const smaller = width < NARROW ? 2 : 0;
  if (smaller) shrink(layout, shrink(template, smaller));
  layout.font = { size: template.font?.size ?? 14, ...layout.font, family };
  const size = layout.title?.font?.size ?? template.title?.font?.size ?? 18;
  const text = layout.title?.text;
  const lines = text ? wrap(text, width - 8, `600 ${size}px ${family}`) : [];
  for (const [name, axis] of Object.entries(layout)) {
    if (!/^xaxis\d*$/.test(name) || !axis.title?.text) continue;
    const font = `${axis.title.font?.size ?? template.xaxis?.title?.font?.size ?? size}px ${family}`;
    axis.title.text = wrap(axis.title.text, width - 120, font).join("<br>");
  }
  // Anchored at the bottom a title hangs from its first line; at the top, Plotly cuts off what is more than one line.
  const y = 1 - (0.95 * size + 4) / height;
  layout.title = { ...layout.title, text: lines.join("<br>"), y, yanchor: "bottom" };
  if (layout.margin?.t !== undefined) return;
  const elsewhere = layout.legend?.y !== undefined || layout.legend?.orientation === "v"; // the figure's own choice
  const listed = !elsewhere && (layout.showlegend ?? data.filter((trace) => trace.showlegend !== false).length > 1);
  const subtitles = layout.annotations?.some((a) => /^paper$|domain$/.test(a.yref) && a.y >= 1 && a.yanchor === "bottom") ? 1.7 * size : 0;
  const t = 4 + lines.length * size * 1.3 + 10 + (listed ? (legend ?? 1.6 * size) + 6 : 0) + subtitles;
  layout.margin = { ...layout.margin, t: Math.round(t) };
  if (!elsewhere) layout.legend = { ...layout.legend, y: 1 + (6 + subtitles) / Math.max(100, height - t - 60) };
}

// Take a number of pixels off every type size below.
function shrink(node, pixels) {
  for (const [name, value] of Object.entries(node ?? {})) {
    if (/font$/.test(name) && value?.size) value.size -= pixels;
    if (typeof value === "object" && name !== "template") shrink(value, pixels);
  }
  return pixels;
}

// For a large room: so many pixels on every type size, and stronger lines.
function enlarge({ data, layout }, pixels) {
  shrink(layout, shrink(layout.template.layout, -pixels));
  for (const looks of layout.template.data.scatter) Object.assign(looks, { line: { width: 5 }, marker: { size: 14 } });
  for (const trace of data) {
    if (trace.text) trace.textfont = { ...trace.textfont, size: (trace.textfont?.size ?? 15) + pixels };
    if (trace.line?.width) trace.line.width *= 1.6;
  }
}

const pen = document.createElement("canvas").getContext("2d");

function wrap(text, width, font) {
  pen.font = font;
  const lines = [];
  for (const part of text.split("<br>")) {
    let line = "";
    for (const word of part.split(" ")) {
      const longer = line ? `${line} ${word}` : word;
      if (line && pen.measureText(longer.replace(/<[^>]*>/g, "")).width > width) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    lines.push(line);
  }
  return lines;
}

export default function ({ data, parentElement }) {
  let chart = charts.get(parentElement);
  if (!chart) charts.set(parentElement, (chart = new Chart(parentElement)));
  chart.update(decoder.decode(data));
  return () => {
    charts.delete(parentElement);
    chart.remove();
  };
}
