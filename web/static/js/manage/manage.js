/**
 * The pages of managers and operators, beside htmx: what a screen reader is told, and what the page
 * says when the server does not answer. Everything works without this file.
 */
import "../base/theme.js";
import { byId, write } from "../base/dom.js";

const copy = byId("copie");

/** Says once what the state is, whenever it has become another. */
function announce() {
  const say = document.querySelector("[data-say]")?.getAttribute("data-say");
  if (say) write(byId("annonce"), say);
}

/** Without a server nothing can be done here, and the page says since when it is old. @param {boolean} old */
function stale(old) {
  copy.hidden = !old;
  for (const button of document.querySelectorAll("main button"))
    /** @type {HTMLButtonElement} */ (button).disabled = old;
}

/** The server answered: what is shown is as old as its answer. @param {Event} event */
function fresh(event) {
  const { xhr } = /** @type {CustomEvent<{xhr: XMLHttpRequest}>} */ (event).detail;
  const made = xhr.getResponseHeader("Bono-Made");
  if (made) write(byId("copie-heure"), made);
  stale(false);
}

document.body.addEventListener("htmx:afterSettle", announce);
document.body.addEventListener("htmx:sendError", () => stale(true));
document.body.addEventListener("htmx:timeout", () => stale(true));
document.body.addEventListener("htmx:afterOnLoad", fresh);
if (!copy.hidden) stale(true); // the service worker gave a copy
announce();
