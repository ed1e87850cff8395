/** The strip of the last sale: what to give back, how far its invoice is, its paper. Never a screen to dismiss. */
import { buttonById, byId, icon, inside, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { figures, francs } from "../../base/money.js";
import { inNotes } from "../../sale/cash.js";
import { isStuck } from "../../sale/sales.js";
import { changeOf } from "../../sale/ticket.js";

/** @typedef {import("../../sale/sales.js").Sale} Sale */
/** @typedef {import("../../sale/sales.js").State} State */
/** @typedef {import("../../sale/tablet-lamp.js").Colour} Colour */

/** @type {Record<State, Colour>} */
export const LAMP_OF = {
  ready: "blue",
  sending: "blue",
  checking: "blue",
  waiting: "amber",
  in_doubt: "amber",
  sealed: "green",
  normalised: "green",
  refused: "red",
  poison: "red",
  held: "amber",
  locked: "amber",
};

/** @param {bigint} change centimes */
function notesLabel(change) {
  const { notes, rest } = inNotes(change);
  const parts = notes.map(({ note, count }) => `${count}\u00a0×\u00a0${figures(note)}`);
  return [...parts, ...(rest ? [t("strip.no-note", { amount: francs(rest) })] : [])].join(" + ");
}

/** Why a person must act. @param {Sale} sale */
export const reasonOf = ({ problem, answer }) => problem?.title ?? answer?.refusal?.text ?? "";

const qr = () => /** @type {HTMLImageElement} */ (byId("bandeau-qr"));

/** @param {string} address of the image, or nothing */
function showQr(address) {
  qr().hidden = address === "";
  byId("bandeau-recu-mot").hidden = address !== "";
  if (address) qr().src = address;
}

/** @param {Sale} sale */
function showPaper({ state, answer, printed }) {
  const receipt = answer?.links?.receipt;
  byId("bandeau-sceau").hidden = !receipt;
  if (!receipt) return;
  showCode(receipt, answer.normalisation?.code_def_dgi ?? "");
  write(inside(byId("bandeau-numero"), "span:last-child"), answer.security?.fiscal_number ?? "");
  /** @type {HTMLAnchorElement} */ (byId("bandeau-recu")).href = receipt;
  write(inside(byId("imprimer"), "span"), t(printed ? "strip.reprint" : "strip.print"));
  const legal = state === "normalised" || state === "sealed"; // SFE 1.1.5: no paper before its elements
  for (const id of ["imprimer", "envoyer"]) buttonById(id).hidden = !legal;
}

/** @param {string} receipt @param {string} code of the DGI, or nothing yet */
function showCode(receipt, code) {
  byId("bandeau-code").hidden = code === "";
  write(inside(byId("bandeau-code"), "strong"), code);
  if (qr().dataset.of !== code) showQr(code && `${receipt}.svg`);
  qr().dataset.of = code;
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

/** How far it is, and why a person must act. @param {Sale} sale */
function showState(sale) {
  const lamp = LAMP_OF[sale.state];
  byId("bandeau").dataset.state = lamp;
  if (byId("bandeau-icone").dataset.lamp !== lamp) byId("bandeau-icone").replaceChildren(icon(`lamp-${lamp}`));
  byId("bandeau-icone").dataset.lamp = lamp;
  const provisional = sale.provisional && ["ready", "sending", "checking"].includes(sale.state);
  write(byId("bandeau-etat"), t(provisional ? "strip.provisional" : `strip.${sale.state}`));
  write(byId("bandeau-raison"), isStuck(sale) ? reasonOf(sale) : "");
  byId("corriger").hidden = !isStuck(sale);
  write(byId("corriger"), t(sale.state === "refused" ? "sale.again" : "strip.correct"));
}

/** @param {Sale | undefined} sale @param {boolean} compact while the next ticket has lines */
function render(sale, compact) {
  byId("bandeau").hidden = !sale;
  const change = sale && !isStuck(sale) ? changeOf(sale.ticket) : 0n;
  showChange(change, compact);
  if (!sale) return;
  byId("bandeau").toggleAttribute("data-compact", compact);
  const given = compact && change;
  write(byId("bandeau-total"), given ? t("pay.change", { amount: francs(change) }) : francs(BigInt(sale.total)));
  showState(sale);
  showPaper(sale);
}

/**
 * @param {{correct: (sale: Sale) => void, send: (sale: Sale) => void, print: (sale: Sale) => void}} act
 * @returns {(sale: Sale | undefined, compact: boolean) => void} compact while the next ticket has lines
 */
export function strip(act) {
  /** @type {Sale | undefined} */
  let shown;
  for (const [id, does] of Object.entries({ corriger: act.correct, envoyer: act.send, imprimer: act.print })) {
    byId(id).addEventListener("click", () => shown && does(shown));
  }
  qr().addEventListener("error", () => showQr("")); // not there yet, or no link: the code stands beside it
  return (sale, compact) => {
    shown = sale;
    render(sale, compact);
  };
}
