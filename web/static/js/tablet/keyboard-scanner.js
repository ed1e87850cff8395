/**
 * The keyboard outside the fields: a person's digits go to the pad, a scanner's burst is a code.
 * A scanner types at least three characters less than 100 ms apart and ends with Enter or Tab.
 */

const GAP = 100;
const SHORTEST = 3;
/** @type {Record<string, string>} */
const PAD = { Backspace: "back", Escape: "clear", Delete: "clear", ",": ",", ".": ",", Enter: "ok" };

/**
 * @param {{press: (key: string) => void, scan: (code: string) => void, begin: () => () => void,
 *   heard: () => boolean}} till
 *   `begin` returns what undoes the presses made since; `heard`: whether the till listens now
 */
export function listen(till) {
  let burst = "";
  let last = -Infinity;
  let undo = () => {};

  document.addEventListener("keydown", (event) => {
    if (!till.heard() || isField(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    const fast = event.timeStamp - last <= GAP;
    last = event.timeStamp;
    if ((event.key === "Enter" || event.key === "Tab") && fast && burst.length >= SHORTEST) {
      event.preventDefault(); // else Enter would press the button that has the focus
      const code = burst;
      burst = "";
      undo();
      till.scan(code);
      return;
    }
    if (event.key.length === 1) {
      if (!fast || !burst) undo = till.begin();
      burst = fast ? burst + event.key : event.key;
    }
    pressed(event, till.press);
  });
}

/** @param {EventTarget | null} target */
const isField = (target) =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");

/** @param {KeyboardEvent} event @param {(key: string) => void} press */
function pressed(event, press) {
  const onControl =
    event.target instanceof HTMLElement && event.target.matches("button, a, label, [popover] *");
  const key = /^\d$/.test(event.key) ? event.key : PAD[event.key];
  if (!key || (event.key === "Enter" && onControl)) return;
  if (key === "back") event.preventDefault();
  press(key);
}
