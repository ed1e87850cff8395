/** How the screen looks: as the device asks, light, dark, or for full sun. Remembered on this tablet. */

/** @typedef {"auto" | "clair" | "sombre" | "soleil"} Theme */

const KEPT = "bono.theme";
const NIGHT = "(prefers-color-scheme: dark)";
/** When the tokens of the night count. @type {Record<Theme, string>} */
const NIGHT_COUNTS = { auto: NIGHT, clair: "not all", sombre: "all", soleil: "not all" };

/** @returns {Theme} */
export function theme() {
  const kept = localStorage.getItem(KEPT) ?? "";
  return Object.hasOwn(NIGHT_COUNTS, kept) ? /** @type {Theme} */ (kept) : "auto";
}

/** The screen wears that theme, now and after a restart. @param {Theme} chosen */
export function wear(chosen) {
  localStorage.setItem(KEPT, chosen);
  document.documentElement.dataset.theme = chosen;
  const night = document.getElementById("nuit");
  if (night instanceof HTMLLinkElement) night.media = NIGHT_COUNTS[chosen];
  paintBar();
}

/** The bar of the browser has the colour of the page. */
function paintBar() {
  const paper = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) meta.setAttribute("content", paper);
}

wear(theme());
