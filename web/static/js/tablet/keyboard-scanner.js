/**
 * The one listener to keys of the till: a scanner's are a code wherever the cursor stands, and leave nothing
 * behind; a person's go to the field, or to the pad outside the fields.
 */
import { KeyReader, SLOW } from "./key-bursts.js";

/** @typedef {import("./key-bursts.js").Key} Key */
/** @typedef {import("./key-bursts.js").Code} Code */
/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */
/**
 * @typedef {{press: (key: string) => void, scan: (code: Code, field: Field | null) => void,
 *   mark: () => () => void, heard: () => boolean}} Till
 *   `mark` returns what undoes the presses made since; `heard`: whether the till listens now
 */

/** @type {Record<string, string>} */
const PAD = { Backspace: "back", Escape: "clear", Delete: "clear", ",": ",", ".": ",", Enter: "ok" };
const TEXTS = "input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea";

const reader = new KeyReader();
/** Where the keys go that are not judged yet. @type {Field | null} */
let place = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;

/** @param {EventTarget | null} target @returns {Field | null} */
const fieldOf = (target) =>
  target instanceof HTMLElement && target.matches(TEXTS) ? /** @type {Field} */ (target) : null;

/** @param {KeyboardEvent} event @param {Field | null} field @returns {Key} */
const keyOf = (event, field) => ({
  key: event.key,
  code: event.code,
  at: event.timeStamp,
  shift: event.shiftKey,
  ctrl: event.ctrlKey,
  alt: event.altKey || event.metaKey,
  graph: event.getModifierState("AltGraph") || (event.ctrlKey && event.altKey),
  field: field ? (field.dataset.codes === undefined ? "text" : "codes") : "",
});

/** The field is again as it is now. @param {Field} field */
function marked(field) {
  const { value } = field;
  return () => {
    field.value = value;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
}

/** @param {Till} till @param {Code | undefined} code */
function hand(till, code) {
  if (!code) return;
  code.undo();
  till.scan(code, place);
}

/** A code without a final key ends in silence; a page that was busy has keys to read first. @param {Till} till */
function waitForSilence(till) {
  const wait = (/** @type {number} */ ms) => setTimeout(listenOn, ms);
  let late = false;
  function listenOn() {
    if (!reader.waits) return;
    const code = late ? reader.idle(performance.now()) : undefined;
    late = true;
    if (code) hand(till, code);
    else wait(SLOW / 2);
  }
  clearTimeout(silence);
  silence = wait(SLOW);
}

/** @param {Till} till @param {KeyboardEvent} event */
function heard(till, event) {
  if (event.repeat) return fieldOf(event.target) ? undefined : pressed(event, till.press); // a finger stays on it
  const field = fieldOf(event.target);
  hand(till, field === place ? reader.idle(event.timeStamp) : reader.touched(event.timeStamp));
  place = field;
  const { code, swallow, typed } = reader.key(keyOf(event, field), field ? marked(field) : till.mark());
  if (swallow) event.preventDefault(); // else Enter or a space would press the button that has the focus
  if (code || (swallow && !typed)) event.stopImmediatePropagation();
  hand(till, code);
  if (typed) waitForSilence(till);
  if (!field && (typed || !swallow)) pressed(event, till.press);
  return undefined;
}

/** @param {Till} till */
export function listen(till) {
  document.addEventListener("keydown", (event) => till.heard() && heard(till, event), true);
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Alt" || !till.heard()) return;
    const field = fieldOf(event.target);
    reader.altUp(keyOf(event, field), field ? marked(field) : till.mark());
    waitForSilence(till);
  });
  document.addEventListener("pointerdown", (event) => hand(till, reader.touched(event.timeStamp)), true);
}

/** @param {KeyboardEvent} event @param {(key: string) => void} press */
function pressed(event, press) {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector(":modal, :popover-open")) return;
  const onControl = event.target instanceof HTMLElement && event.target.matches("button, a, label, [popover] *");
  const key = /^\d$/.test(event.key) ? event.key : PAD[event.key];
  if (!key || (event.key === "Enter" && onControl)) return;
  if (key === "back") event.preventDefault();
  press(key);
}
