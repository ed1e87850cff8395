/** What was paid so far of a ticket: each payment stays listed until a person takes it back. */
import { byId, inside, onTap, show, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { dollars, francs, parseAmount, parseRate } from "../../base/money.js";
import { inCents } from "../../sale/cash.js";

/** @typedef {import("../../sale/ticket.js").Payment} Payment */
/** @typedef {import("../../sale/ticket.js").Ticket} Ticket */

/** @param {Payment} payment */
function partLabel({ amount, provider, method, currency, tendered, rate = "" }) {
  const cents = () => (tendered ? parseAmount(tendered) : inCents(parseAmount(amount), parseRate(rate)));
  const inUsd = currency === "USD";
  const how = [inUsd && method === "ESPECES" ? "" : (provider ?? t(`pay.means.${method}`)), inUsd && dollars(cents())];
  return `${francs(parseAmount(amount))} (${how.filter(Boolean).join(" ")})`;
}

/** What was paid, in one sentence, or "". @param {readonly Payment[]} payments @param {string} say */
export const paidLabel = (payments, say) =>
  payments.length ? t(say, { parts: payments.map(partLabel).join(", ") }) : "";

/** Each payment so far, to be taken back by a touch. @param {Ticket} ticket */
export function showPaid({ payments, paid = [] }) {
  const said = payments.length ? t("pay.received", { parts: "" }) : paidLabel(paid, "pay.before");
  write(inside(byId("deja-paye"), "span"), said);
  byId("deja-paye").hidden = said === "";
  const all = payments.map((payment, index) => ({ index, label: partLabel(payment) }));
  show(byId("paiements"), "modele-paiement", all, ({ index }) => String(index), (item, { index, label }) => {
    const button = inside(item, "button");
    button.dataset.drop = String(index);
    button.setAttribute("aria-label", t("pay.drop.label", { part: label }));
    write(inside(button, "span"), label);
  });
}

/** @param {number} index @param {string} part @param {(index: number) => void} drop */
async function takeBack(index, part, drop) {
  const { ask } = await import("./question.js");
  const asked = { text: t("pay.drop", { part }), yes: t("pay.drop.yes"), no: t("pay.drop.no") };
  if (await ask(asked)) drop(index);
}

/** @param {(index: number) => void} drop */
export const listenToPaid = (drop) =>
  onTap(byId("paiements"), "drop", (index, button) => takeBack(Number(index), button.textContent?.trim() ?? "", drop));
