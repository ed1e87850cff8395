/** The keys above the digits, for a till with a keyboard: they come with the first press. The help shows them (F1). */
import { byId } from "../base/dom.js";

/**
 * What each key touches: the first of them that is there to be touched.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const KEYS = {
  F1: ["aide"],
  F2: ["recherche"],
  F3: ["choisir-client"],
  F4: ["encaisser", "especes"],
  F6: ["mettre-en-attente"],
  F7: ["en-attente"],
  F8: ["ouvrir-historique"],
  F9: ["type-facture"],
  F10: ["plus-du-ticket"],
  F12: ["verrouiller"],
};

/** Whether a finger could touch it too. @param {HTMLElement} element */
const isThere = (element) => !element.closest("[hidden]") && !element.matches(":disabled");

/** @param {HTMLElement} element */
function touch(element) {
  if (element.hasAttribute("popover")) element.showPopover();
  else if (element instanceof HTMLInputElement) element.focus();
  else element.click();
}

/** What a finger would do; nothing where a sheet lies over the till. @param {string} key */
export function press(key) {
  if (document.querySelector(":popover-open")) return;
  const found = KEYS[key]?.map(byId).find(isThere);
  if (found) touch(found);
}
