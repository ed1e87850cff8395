/** The two plain sentences over the pay bar: how selling stands, and what just could not be done. */
import { byId, write } from "../base/dom.js";
import { t } from "../base/i18n.js";

const MOST = 5;
/** What could not be scanned since the last touch. @type {Set<string>} */
const failures = new Set();
/** What is said until the next change. */
let passing = "";

/** @param {string} id @param {string} text */
function put(id, text) {
  byId(id).hidden = text === "";
  write(byId(id), text);
}

const show = () => put("avis", [...[...failures].slice(-MOST), passing].filter(Boolean).join("\n"));

/** Said as it is until the next change. @param {string} text */
export function said(text) {
  passing = text;
  show();
}

/** Said until the next change; nothing without a key. @param {string} [key] @param {Record<string, string>} [filling] */
export const notice = (key = "", filling = {}) => said(key && t(key, filling));

/** Said until it is touched, whatever comes meanwhile. @param {string} key @param {Record<string, string>} filling */
export function failed(key, filling) {
  failures.add(t(key, filling));
  show();
}

/** A person touched what was said. */
export function seen() {
  failures.clear();
  said("");
}

/** Said as long as it holds. @param {string} [key] @param {Record<string, string>} [filling] @param {string} [lamp] */
export function standing(key = "", filling = {}, lamp = "amber") {
  byId("echelle").dataset.state = lamp;
  put("echelle", key && t(key, filling));
}
