/** The strip of the last sale: what to give back, and how far its invoice is. Never a screen to dismiss. */
import { byId, icon, write } from "./dom.js";
import { figures, francs } from "./money.js";
import { inNotes } from "./payment.js";
import { changeOf } from "./ticket.js";

/** @typedef {import("./send.js").State} State */
/** @typedef {import("./queue.js").Sale} Sale */

/** @type {Record<State, [lamp: string, words: string]>} */
const WORDS = {
  sending: ["blue", "Envoi…"],
  checking: ["blue", "Vérification… La vente est gardée, rien n’est perdu. Vous pouvez continuer."],
  waiting: ["amber", "Vente enregistrée, facture en attente de la DGI. Rien n’est perdu."],
  sealed: ["green", "Scellée"],
  normalised: ["green", "Facture normalisée"],
  refused: ["red", "Facture refusée par la DGI"],
  rejected: ["red", "Vente à corriger"],
  locked: ["amber", "Vente gardée sur cette tablette, pas encore partie."],
};
const STUCK = new Set(["refused", "rejected"]);

/** @param {bigint} change centimes */
function notesLabel(change) {
  const { notes, rest } = inNotes(change);
  const parts = notes.map(({ note, count }) => `${count}\u00a0×\u00a0${figures(note)}`);
  return [...parts, ...(rest ? [`${francs(rest)} sans billet`] : [])].join(" + ");
}

/** @param {Sale} sale */
const reason = ({ outcome }) => outcome?.problem?.title ?? outcome?.answer?.refusal?.text ?? "";

/**
 * @param {(sale: Sale) => void} correct called when the cashier takes a stuck sale up again
 * @returns {(sales: readonly Sale[], compact: boolean) => void} compact while the next ticket has lines
 */
export function strip(correct) {
  /** @type {Sale | undefined} */
  let shown;
  let loaded = "";
  byId("corriger").addEventListener("click", () => shown && correct(shown));

  /** Asks the server for the seal of a sale, once per state. @param {Sale} sale */
  function loadSeal(sale) {
    const wanted = ["waiting", "sealed", "normalised"].includes(sale.state)
      ? `${sale.sale_id} ${sale.state}`
      : "";
    if (wanted === loaded) return;
    loaded = wanted;
    const place = byId("bandeau-sceau");
    if (wanted) window.htmx.ajax("GET", `/caisse/ventes/${sale.sale_id}/bandeau`, place);
    else place.replaceChildren();
  }

  /** @param {bigint} change @param {boolean} compact the change leaves the pay bar for the strip */
  function showChange(change, compact) {
    const inBar = change > 0n && !compact;
    byId("rendu").hidden = !inBar;
    byId("total-ligne").hidden = inBar;
    write(byId("rendu-somme"), francs(change));
    byId("rendu-somme").dataset.long = String(francs(change).length > 9);
    write(byId("rendu-billets"), notesLabel(change));
  }

  return (sales, compact) => {
    shown = sales.find((sale) => STUCK.has(sale.state)) ?? sales.at(-1);
    byId("bandeau").hidden = !shown;
    const change = shown && !STUCK.has(shown.state) ? changeOf(shown.ticket) : 0n;
    showChange(change, compact);
    if (!shown) return;
    const [lamp, words] = WORDS[shown.state];
    byId("bandeau").dataset.state = lamp;
    byId("bandeau").toggleAttribute("data-compact", compact);
    byId("bandeau-icone").replaceChildren(icon(`lamp-${lamp}`));
    write(byId("bandeau-etat"), words);
    write(
      byId("bandeau-total"),
      compact && change ? `rendre ${francs(change)}` : francs(BigInt(shown.total)),
    );
    write(byId("bandeau-raison"), reason(shown));
    byId("corriger").hidden = !STUCK.has(shown.state);
    loadSeal(shown);
  };
}
