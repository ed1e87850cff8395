/** A field of four digits: typed, pasted or pressed on its pad; complete, it goes by itself. */
import { byId, inputById, onTap, write } from "../../base/dom.js";

const LENGTH = 4;

/**
 * @param {HTMLFormElement} form with the pad, and a field with that id
 * @param {string} id of the field
 * @param {{ready: () => boolean, judge: (pin: string) => Promise<string>}} owner
 *   `ready`: whether all else is there; `judge`: "" once the PIN did its work, else the sentence why not
 * @returns {{press: (key: string) => void, again: () => void, clear: () => void}}
 */
export function pinPad(form, id, { ready, judge }) {
  const field = inputById(id);
  const error = byId(`${id}-erreur`);
  let judging = false;

  /** @param {string} sentence */
  function refuse(sentence) {
    write(error, sentence);
    field.toggleAttribute("aria-invalid", sentence !== "");
    if (sentence) field.setAttribute("aria-invalid", "true");
  }

  async function complete() {
    if (judging || field.value.length !== LENGTH || !ready()) return;
    judging = true;
    form.setAttribute("aria-busy", "true");
    try {
      refuse(await judge(field.value));
    } finally {
      judging = false;
      form.removeAttribute("aria-busy");
      field.value = "";
    }
  }

  /** @param {string} key */
  function press(key) {
    if (judging) return;
    if (key === "clear") field.value = "";
    else if (key === "back") field.value = field.value.slice(0, -1);
    else if (field.value.length < LENGTH) field.value += key;
    complete();
  }

  onTap(form, "pin", press);
  field.addEventListener("input", () => {
    field.value = field.value.replace(/\D/g, "").slice(0, LENGTH);
    complete();
  });
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    complete();
  });

  return {
    press,
    again: complete,
    clear() {
      field.value = "";
      refuse("");
    },
  };
}
