/** The languages of the screen, each by its own name: at the door, before any name, and in the menu. */
import { choose, LANGUAGES, language } from "../../base/i18n.js";
import { byId, copyOf, inside } from "../../base/dom.js";

/** @typedef {import("../../base/i18n.js").Language} Language */

/**
 * The list offers each language, the one in force chosen; another is in force once it is touched.
 * @param {string} id of the list @param {() => unknown} [spoken] called then
 */
export function offerLanguages(id, spoken = () => {}) {
  const list = byId(id);
  for (const [code, name] of list.childElementCount ? [] : Object.entries(LANGUAGES)) {
    const choice = copyOf("modele-langue");
    const radio = /** @type {HTMLInputElement} */ (inside(choice, "input"));
    Object.assign(radio, { name: id, value: code });
    Object.assign(inside(choice, "span"), { textContent: name, lang: code });
    radio.addEventListener("change", async () => {
      await choose(/** @type {Language} */ (code));
      await spoken();
    });
    list.append(choice);
  }
  for (const radio of list.querySelectorAll("input")) radio.checked = radio.value === language();
}
