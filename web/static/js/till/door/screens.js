/** The one page has three faces: something said in peace, the names, the till. One is shown. */
import { buttonById, byId, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";

/** @typedef {"message" | "ouverture" | "caisse"} Face */

const FACES = /** @type {const} */ (["message", "ouverture", "caisse"]);

/** @param {Face} shown */
export function face(shown) {
  for (const name of FACES) byId(name).hidden = name !== shown;
  document.body.dataset.face = shown;
}

/**
 * The page says that, and offers one act where there is one.
 * @param {string} key of the title; the sentence is `key.text`
 * @param {{filling?: Record<string, string>, steps?: boolean, button?: string, act?: () => void}} [more]
 */
export function say(key, { filling = {}, steps = false, button = "", act = () => {} } = {}) {
  write(byId("message-titre"), t(key, filling));
  write(byId("message-texte"), t(`${key}.text`, filling));
  byId("message-etapes").hidden = !steps;
  const offered = buttonById("message-bouton");
  offered.hidden = button === "";
  write(offered, button && t(button));
  offered.onclick = act;
  face("message");
}
