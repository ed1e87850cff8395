/** The lamp of this tablet, and the truth about the others when the server does not answer. */
import { byId, icon, inside, write } from "./dom.js";
import { travelling } from "./queue.js";

/** @typedef {import("./queue.js").Sale} Sale */
/** @typedef {{lamp: string, word: string, number: string, more: string}} Light */

/** @param {readonly Sale[]} sales @param {boolean} reached @param {boolean} stored @returns {Light} */
function lightOf(sales, reached, stored) {
  const count = travelling(sales);
  const number = count ? String(count) : "";
  if (!stored)
    return {
      lamp: "red",
      word: "Mémoire pleine",
      number,
      more: "La tablette ne peut plus garder de vente. Appelez le gérant avant d’encaisser.",
    };
  if (sales.some((sale) => sale.state === "rejected" || sale.state === "refused"))
    return { lamp: "red", word: "À corriger", number, more: "Une vente attend une correction." };
  if (!reached)
    return {
      lamp: "amber",
      word: "Sans serveur",
      number,
      more: "Le serveur ne répond pas. Les ventes sont gardées sur la tablette, rien n’est perdu.",
    };
  if (count)
    return { lamp: "blue", word: "Envoi", number, more: `${count} vente${count > 1 ? "s" : ""} en route.` };
  return { lamp: "green", word: "Prête", number, more: "Toutes les ventes sont parties." };
}

/** @param {HTMLElement} lamp @param {string} state @param {string} word @param {string} number */
function paint(lamp, state, word, number) {
  lamp.dataset.state = state;
  lamp.querySelector("svg")?.replaceWith(icon(`lamp-${state}`));
  write(inside(lamp, ".lamp-word"), word);
  write(inside(lamp, ".lamp-number"), number);
}

/** @param {Light} light */
function explain({ lamp, word, more }) {
  const place = byId("etat-tablette");
  const [term, text] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = `Tablette — ${word}`;
  text.textContent = more;
  place.dataset.state = lamp;
  place.replaceChildren(icon(`lamp-${lamp}`), term, text);
}

/**
 * Lights the lamp; the ribbon's own requests tell whether the server is there.
 * @returns {(sales: readonly Sale[], stored: boolean) => void}
 */
export function tablet() {
  let reached = true;
  let shown = "";
  /** @type {readonly Sale[]} */
  let sales = [];
  let stored = true;

  function render() {
    const light = lightOf(sales, reached, stored);
    if (JSON.stringify(light) === shown) return;
    shown = JSON.stringify(light);
    paint(byId("lampe-tablette"), light.lamp, light.word, light.number);
    explain(light);
  }

  /** @param {boolean} now */
  function heard(now) {
    reached = now;
    if (!now)
      for (const lamp of byId("lampes").querySelectorAll(".lamp"))
        paint(/** @type {HTMLElement} */ (lamp), "grey", "Inconnu", "");
    render();
  }
  byId("lampes").addEventListener("htmx:afterRequest", (event) => {
    const { successful, xhr } = /** @type {CustomEvent} */ (event).detail;
    if (xhr?.status === 401) location.reload(); // the till was closed elsewhere; the ticket is kept
    heard(successful === true);
  });

  return (now, kept) => {
    sales = now;
    stored = kept;
    render();
  };
}
