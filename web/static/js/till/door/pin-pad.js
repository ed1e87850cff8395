/** A field of four digits: typed, pasted or pressed on its pad; complete, it goes by itself. */
import { byId, inputById, onTap, write } from "../../base/dom.js";

const LENGTH = 4;

/**
 * @typedef {{missing: () => string, judge: (pin: string) => Promise<string>}} Owner
 *   `missing`: the sentence that asks for what must come first, or ""; `judge`: "" once the PIN did its work, else the sentence why not
 */
/** @typedef {Owner & {form: HTMLFormElement, field: HTMLInputElement, error: HTMLElement, judging: boolean}} Pad */

/** @param {Pad} pad @param {string} sentence */
function refuse({ field, error }, sentence) {
  write(error, sentence);
  field.toggleAttribute("aria-invalid", sentence !== "");
  if (sentence) field.setAttribute("aria-invalid", "true");
  if (sentence) error.scrollIntoView({ block: "nearest" });
}

/** @param {Pad} pad */
async function complete(pad) {
  const { form, field } = pad;
  if (pad.judging || field.value.length !== LENGTH) return;
  const missing = pad.missing();
  refuse(pad, missing);
  if (missing) return;
  pad.judging = true;
  form.setAttribute("aria-busy", "true");
  try {
    refuse(pad, await pad.judge(field.value));
  } finally {
    pad.judging = false;
    form.removeAttribute("aria-busy");
    field.value = "";
  }
}

/** @param {Pad} pad @param {string} key */
function press(pad, key) {
  const { field } = pad;
  if (pad.judging) return;
  if (key === "clear") field.value = "";
  else if (key === "back") field.value = field.value.slice(0, -1);
  else if (field.value.length < LENGTH) field.value += key;
  complete(pad);
}

/** @param {Pad} pad */
function listen(pad) {
  const { form, field } = pad;
  onTap(form, "pin", (key) => press(pad, key));
  field.addEventListener("input", () => {
    field.value = field.value.replace(/\D/g, "").slice(0, LENGTH);
    complete(pad);
  });
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    complete(pad);
  });
}

/**
 * @param {HTMLFormElement} form with the pad, and a field with that id
 * @param {string} id of the field
 * @param {Owner} owner
 * @returns {{press: (key: string) => void, again: () => void, clear: () => void}}
 */
export function pinPad(form, id, owner) {
  const pad = { ...owner, form, field: inputById(id), error: byId(`${id}-erreur`), judging: false };
  listen(pad);
  return {
    press: (key) => press(pad, key),
    again: () => void complete(pad),
    clear() {
      pad.field.value = "";
      refuse(pad, "");
    },
  };
}
