/** The two plain sentences over the pay bar: how selling stands, and what just could not be done. */
import { byId, write } from "../base/dom.js";
import { t } from "../base/i18n.js";

/** @param {string} id @param {string} text */
function put(id, text) {
  byId(id).hidden = text === "";
  write(byId(id), text);
}

/** Said as it is until the next change. @param {string} text */
export const said = (text) => put("avis", text);

/** Said until the next change; nothing without a key. @param {string} [key] @param {Record<string, string>} [filling] */
export const notice = (key = "", filling = {}) => said(key && t(key, filling));

/** Said as long as it holds. @param {string} [key] @param {Record<string, string>} [filling] @param {string} [lamp] */
export function standing(key = "", filling = {}, lamp = "amber") {
  byId("echelle").dataset.state = lamp;
  put("echelle", key && t(key, filling));
}
