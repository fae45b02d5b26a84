// Arrow keys, page keys (as presenters' remote controls send them) and Escape press the buttons of the stage.

const BUTTONS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back", Escape: "leave" };
const BUSY = "input, textarea, select, [contenteditable=true], [role=slider], [role=combobox], [role=listbox], [role=dialog]";

function press(event) {
  const name = BUTTONS[event.key];
  if (!name || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest?.(BUSY)) return; // the key moves the slider or the cursor
  const button = document.querySelector(`.st-key-stage_${name} button`);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
}

// Once for the browser tab, and harmless without a stage: then there is no such button. A second listener, should this
// be loaded again, finds the key taken.
document.addEventListener("keydown", press);

export default function () {}
