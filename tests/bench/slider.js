// Watches the charts of a page while a slider is moved. Times are in the page's own clock, ms.
(() => {
  const QUIET_FRAMES = 12, QUIET_MS = 200, NOTHING_MS = 3000, LIMIT_MS = 20000;
  const LINES = ".scatterlayer .js-line, .barlayer .point path, .points path";
  const TEXTS = ".xtick text, .ytick text, .gtitle";
  let step; // the one under way

  const shown = () => [...document.querySelectorAll(".js-plotly-plot")];
  const lines = (chart) => [...chart.querySelectorAll(LINES)].map((line) => line.getAttribute("d")).join("|");
  const texts = (chart) => [...chart.querySelectorAll(TEXTS)].map((text) => text.textContent).join("|");
  const picture = (chart) => ({ chart, lines: lines(chart), texts: texts(chart) });
  const idle = () => !!document.querySelector('[data-testid=stApp][data-test-script-state="notRunning"]');

  // Any difference counts as still being drawn, so that a second drawing that moves ticks or title is not missed.
  function look(now) {
    const pictures = shown().map(picture);
    const before = step.pictures;
    step.empty = before.some((one, i) => one.lines && !pictures[i]?.lines);
    if (!step.empty) {
      const changed = pictures.filter((one, i) => one.lines !== before[i]?.lines || one.texts !== before[i]?.texts);
      const remounted = pictures.filter((one, i) => one.chart !== before[i]?.chart);
      if (changed.length || remounted.length) {
        step.quiet = 0;
        step.changedAt = now;
        step.remounts += remounted.length;
        step.pictures = pictures;
        changed.forEach((one) => step.moved.add(pictures.indexOf(one)));
        const ours = step;
        setTimeout(() => (ours.painted = performance.now())); // after the frame this look belongs to
      }
    }
  }

  function frame() {
    const now = performance.now();
    if (step.dirty) look(now);
    step.dirty = false;
    if (step.empty) step.blank++;
    step.quiet++;
    const still = step.quiet > QUIET_FRAMES && now - (step.changedAt ?? now) > QUIET_MS;
    const waited = now - (step.since ?? step.begun);
    if ((still && idle() && step.since) || (waited > NOTHING_MS && idle() && !step.changedAt) || waited > LIMIT_MS) {
      step.finish();
    } else requestAnimationFrame(frame);
  }

  const begin = (event) => {
    if (step && event.isTrusted) step.since = event.timeStamp;
  };
  addEventListener("keydown", begin, true);
  addEventListener("pointerup", begin, true);

  const { send } = WebSocket.prototype;
  const heard = new WeakSet();
  WebSocket.prototype.send = function (data) {
    if (!heard.has(this)) this.addEventListener("message", () => step && (step.received = performance.now()));
    heard.add(this);
    if (step?.since) step.sent ??= performance.now();
    return send.call(this, data);
  };

  // Begin to watch, and resolve in `done` when every chart that changes stands still again.
  window.bench = {
    charts: () => shown().filter(lines).length,
    idle,
    watch() {
      const begun = performance.now();
      step = { begun, pictures: shown().map(picture), moved: new Set(), remounts: 0, blank: 0, quiet: 0, dirty: true };
      const ours = step;
      const observer = new MutationObserver(() => (ours.dirty = true));
      observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      ours.done = new Promise((resolve) => {
        ours.finish = () => {
          observer.disconnect();
          step = undefined;
          const { since, sent, received, painted, moved, remounts, blank } = ours;
          const ms = since && moved.size ? Math.max(0, painted - since) : null; // from the input to the last paint
          resolve({
            ms,
            server_ms: ms && sent && received ? Math.min(received, painted) - sent : null, // first word out, last one in
            draw_ms: ms && received ? Math.max(0, painted - received) : null, // from the last word in
            charts: moved.size,
            remounts,
            blank,
          });
        };
      });
      window.bench.done = ours.done;
      requestAnimationFrame(frame);
    },
  };
})();
