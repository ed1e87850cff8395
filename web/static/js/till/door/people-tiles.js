/** The tiles of the people of this outlet, each a choice of one. */
import { inside, show, write } from "../../base/dom.js";

/** @typedef {import("../../tablet/unlock.js").Person} Person */

/** @param {HTMLElement} list @param {readonly Person[]} people */
export function showNames(list, people) {
  show(
    list,
    "modele-nom",
    people,
    (person) => person.cashier_id,
    (tile, person) => {
      const radio = /** @type {HTMLInputElement} */ (inside(tile, "input"));
      radio.value = person.cashier_id;
      write(inside(tile, ".initial"), person.name.slice(0, 1));
      write(inside(tile, ".name-text"), person.name);
    },
  );
}

/** The chosen one, or nothing. @param {HTMLElement} list @returns {string} */
export const chosenName = (list) => {
  const radio = list.querySelector("input:checked");
  return radio instanceof HTMLInputElement ? radio.value : "";
};

/** Nobody is chosen; who is alone is not asked for a name. @param {HTMLElement} list */
export function chooseAnew(list) {
  const radios = list.querySelectorAll("input");
  for (const radio of radios) radio.checked = radios.length === 1;
}
