/** The words of the screen, in the language of this tablet. Legal papers are French whatever it says. */
import fr from "../../../i18n/fr.js";

/** @typedef {typeof fr & typeof import("../../../i18n/fr-later.js").default} Words */
/** @typedef {keyof Words} Key */
/** @typedef {"fr" | "ln" | "sw" | "lua" | "en"} Language */

/** Each language by its own name. @type {Record<Language, string>} */
export const LANGUAGES = {
  fr: "Français",
  ln: "Lingála",
  sw: "Kiswahili",
  lua: "Tshiluba",
  en: "English",
};
/** @type {Record<Language, () => Promise<{default: Partial<Words>}>>} */
const CATALOGUES = {
  fr: async () => ({ default: { ...fr, ...(await import("../../../i18n/fr-later.js")).default } }),
  ln: () => import("../../../i18n/ln.js"),
  sw: () => import("../../../i18n/sw.js"),
  lua: () => import("../../../i18n/lua.js"),
  en: () => import("../../../i18n/en.js"),
};

const KEPT = "bono.language";

/** @type {Partial<Words>} */
let words = fr;

/** @param {string} code @returns {code is Language} */
const isKnown = (code) => Object.hasOwn(LANGUAGES, code);

/** What was chosen on this tablet, else the first of the browser's languages that is here. @returns {Language} */
export function language() {
  const kept = localStorage.getItem(KEPT) ?? "";
  const asked = [kept, ...(navigator.languages ?? []).map((tag) => tag.split("-")[0] ?? "")];
  return asked.find(isKnown) ?? "fr";
}

/** That language, after a restart too. @param {Language} chosen */
export async function choose(chosen) {
  localStorage.setItem(KEPT, chosen);
  await speak(chosen);
}

/**
 * The sentence of that key, its `{names}` filled in. A number in `filling.count` chooses between
 * `key.one` and `key.other` where they exist. A key that nobody translated is said in French.
 * @param {string} key @param {Record<string, string | number>} [filling] @returns {string}
 */
export function t(key, filling = {}) {
  const one = Number(filling.count) < 2 ? ".one" : ".other";
  const sentence = found(key) ?? found(key + one) ?? found(`${key}.other`) ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(filling[name] ?? ""));
}

/** French words of panels that came when they were asked for. @type {Record<string, string>} */
const later = {};

/** A key that nobody translated is said in those words too. @param {Record<string, string>} more */
export const learn = (more) => Object.assign(later, more);

/** @param {string} key */
const found = (key) => words[/** @type {Key} */ (key)] ?? /** @type {Record<string, string>} */ (fr)[key] ?? later[key];

/** The screen speaks that language from now on. @param {Language} chosen @param {ParentNode} root */
export async function speak(chosen, root = document) {
  words = (await CATALOGUES[chosen]()).default;
  document.documentElement.lang = chosen;
  translate(root);
}

/** Every text that the page marks with `data-t…` stands in the language in force. @param {ParentNode} root */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-t], [data-t-label], [data-t-placeholder]")) {
    const { t: text, tLabel, tPlaceholder } = /** @type {HTMLElement} */ (element).dataset;
    if (text) element.textContent = t(text);
    if (tLabel) element.setAttribute("aria-label", t(tLabel));
    if (tPlaceholder) element.setAttribute("placeholder", t(tPlaceholder));
  }
  for (const template of root.querySelectorAll("template")) translate(template.content);
}
