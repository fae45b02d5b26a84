// Watches the slider that is held and reports its place to hand.py: one report at a time, the newest place next.

const PATIENCE_MS = 10000; // after that a report counts as lost

let held; // the slider under the pointer, from press to release
let number = Date.now(); // of the last report; unlike any that a page loaded earlier has sent
let underway; // when it was sent, until the page it asked for has come
let report; // the way to Streamlit, of the newest page

function press(event) {
  const slider = event.target.closest?.("[data-testid=stSidebar] [data-testid=stSlider], .st-key-stage_foot [data-testid=stSlider]");
  const input = slider?.querySelector("input[type=range]");
  const name = slider && [...slider.closest("[class*=st-key-]").classList].find((one) => one.startsWith("st-key-"));
  if (!input || !name || event.button) return;
  underway = undefined;
  held = { input, name, start: place(input), last: place(input), moved: false };
  requestAnimationFrame(watch);
}

const place = (input) => Number(input.value);

function watch(now) {
  if (!held) return;
  const here = place(held.input);
  if (held.released && here !== held.start) {
    held = undefined; // Streamlit's slider speaks for itself, and a report of ours would cut its run short
    return;
  }
  if (held.input.isConnected && free(now)) {
    if (held.released) {
      if (held.moved) send(null, now); // let go where it was taken: the slider has nothing to say
      held = undefined;
      return;
    }
    if (here !== held.last) send(here, now);
  }
  requestAnimationFrame(watch);
}

const free = (now) => underway === undefined || now - underway > PATIENCE_MS;

function send(here, now) {
  held.last = here;
  held.moved = true;
  underway = now;
  report({ number: ++number, slider: held.name, place: here });
}

function release() {
  if (held) held.released = true;
}

const listeners = { pointerdown: press, pointerup: release, pointercancel: release };

export default function ({ data, setTriggerValue }) {
  report = (value) => setTriggerValue("moved", value);
  if (data.seen === number) underway = undefined;
  for (const [event, listener] of Object.entries(listeners)) document.addEventListener(event, listener, true);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) document.removeEventListener(event, listener, true);
  };
}
