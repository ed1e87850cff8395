/** The payment panel: exact cash first, then round sums of notes, dollars, mobile money, card. */
import { byId, copyOf, icon, inputById, inside, onTap, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { amountText, dollars, francs, parseAmount, parseRate, rateLabel, typedDecimal } from "../../base/money.js";
import { dayLabel } from "../../base/times.js";
import { dollarTenders, inCents, tenders, worth } from "../../sale/cash.js";
import { due, inCash, inDollars, paidBefore } from "../../sale/ticket.js";
import { misfit } from "./invoice-types.js";

/** @typedef {import("../../sale/ticket.js").Ticket} Ticket */
/** @typedef {import("../../sale/ticket.js").Context} Context */
/** @typedef {import("../../sale/ticket.js").Payment} Payment */
/** @typedef {import("../../sale/ticket.js").Dollars} Dollars */
/** @typedef {"moyens" | "dollars" | "attente" | "inadapte"} Means  one of them is on the screen */

const MEANS = /** @type {const} */ (["moyens", "dollars", "attente", "inadapte"]);
/** What was typed is no sum: nothing can be taken. */
const NO_SUM = -1n;

/** @param {bigint} left @param {bigint} given @param {string} sum what the customer hands over */
function cashLabel(left, given, sum) {
  if (given === NO_SUM) return t("pay.no-sum");
  if (given < left) return t("pay.cash.part", { given: sum, left: francs(left - given) });
  if (given > left) return t("pay.cash.change", { given: sum, change: francs(given - left) });
  return t("pay.cash.exact", { sum });
}

/** @param {readonly Payment[]} payments @param {string} say */
function paidLabel(payments, say) {
  const parts = payments.map(({ amount, provider, method, currency, tendered = "" }) => {
    const inKind = currency === "USD" ? dollars(parseAmount(tendered)) : t(`pay.means.${method}`);
    return `${francs(parseAmount(amount))} (${provider ?? inKind})`;
  });
  return parts.length ? t(say, { parts: parts.join(", ") }) : "";
}

/** @param {Dollars} usd @returns {{lamp: string, words: string}} */
export function ageOf({ usable, age_days: age, day }) {
  if (!usable) return { lamp: "red", words: t("pay.rate.old", { count: age }) };
  if (age <= 0) return { lamp: "green", words: t("pay.rate.today") };
  if (age === 1) return { lamp: "amber", words: t("pay.rate.yesterday") };
  return { lamp: "amber", words: t("pay.rate.of", { day: dayLabel(day) }) };
}

/**
 * The rate that dollars have on this ticket: that of the dollars already taken, since an invoice has
 * one rate only (clause 1.1.30), else the one in force.
 * @param {Ticket} ticket @param {Context} context @returns {Dollars | null}
 */
export function rateOf({ payments }, { usd }) {
  const taken = payments.find(({ currency }) => currency === "USD");
  if (!taken?.rate || !taken.rate_date || taken.rate_date === usd?.day) return usd;
  return { rate: taken.rate, day: taken.rate_date, age_days: 2, usable: true }; // said with its day
}

/** What is left to pay, in centimes. */
let left = 0n;
/** What was typed, in centimes or in cents of dollars. @type {bigint | null} */
let given = null;
/** @type {Means} */
let means = "moyens";
/** @type {Dollars | null} */
let usd = null;
/** The ticket, paid with the money of the refused sale that it replaces. @type {Ticket | undefined} */
let before;
/** The operator being waited for, as the sale names it and as the screen does; a card has no name. */
let operator = { provider: "", label: "" };

/** What an operator or a card pays of what is left. */
const part = () => (given !== null && given > 0n && given < left ? given : left);

/** @returns {Payment} */
function electronic() {
  const reference = inputById("reference").value.normalize("NFC").trim();
  const { provider } = operator;
  const way = provider
    ? { method: /** @type {const} */ ("MOBILEMONEY"), provider }
    : { method: /** @type {const} */ ("CARTEBANCAIRE") };
  return { ...way, amount: amountText(part()), currency: "CDF", ...(reference && { reference }) };
}

/** @param {bigint} sum centimes, or cents of dollars when these were chosen @returns {Payment | undefined} */
function cashOf(sum) {
  if (means === "moyens") return inCash(left, sum);
  return means === "dollars" && usd?.usable ? inDollars(left, sum, usd) : undefined;
}

/** @param {Means} next */
function choose(next) {
  means = next;
  inputById("reference").value = "";
  show();
}

function show() {
  for (const name of MEANS) byId(name).hidden = name !== means;
  showCash();
  if (usd) showDollars(usd);
  write(byId("attente-titre"), `${operator.label} — ${francs(part())}`);
  write(byId("attente-conseil"), t(operator.provider ? "pay.mobile.advice" : "pay.card.advice"));
  write(byId("recu"), t(operator.provider ? "pay.mobile.received" : "pay.card.accepted"));
}

function showCash() {
  byId("garder").hidden = !before;
  const sums = given === null ? tenders(left) : [];
  byId("le-client-donne").hidden = sums.length === 0;
  showSums("billets", sums, francs, (sum) => sum);
  showSum("especes", given ?? left, cashLabel(left, given ?? left, francs(given ?? left)));
  byId("choisir-usd").hidden = !usd;
}

/** @param {Dollars} known */
function showDollars(known) {
  const rate = parseRate(known.rate);
  const sums = given === null && known.usable ? dollarTenders(left, rate) : [];
  const value = given === null || given === NO_SUM ? NO_SUM : worth(given, rate);
  showRate(ageOf(known), rate);
  write(byId("reste-usd"), dollars(inCents(left, rate)));
  showSums("billets-usd", sums, dollars, (sum) => worth(sum, rate));
  byId("especes-usd").hidden = given === null || !known.usable;
  showSum("especes-usd", value, cashLabel(left, value, dollars(given ?? 0n)));
}

/** @param {{lamp: string, words: string}} age @param {bigint} rate */
function showRate({ lamp, words }, rate) {
  byId("taux").dataset.state = lamp;
  inside(byId("taux"), "span").replaceChildren(icon(`lamp-${lamp}`));
  write(inside(byId("taux"), "strong"), t("pay.rate", { rate: rateLabel(rate) }));
  write(inside(byId("taux"), "em"), words);
}

/** @param {string} id of the primary button @param {bigint} sum @param {string} text */
function showSum(id, sum, text) {
  /** @type {HTMLButtonElement} */ (byId(id)).disabled = sum === NO_SUM;
  write(inside(byId(id), "span"), text);
}

/**
 * @param {string} id @param {bigint[]} sums @param {(sum: bigint) => string} written
 * @param {(sum: bigint) => bigint} value of a sum in centimes
 */
function showSums(id, sums, written, value) {
  byId(id).replaceChildren(
    ...sums.map((sum) => {
      const button = copyOf("modele-somme");
      button.dataset.sum = String(sum);
      write(inside(button, "strong"), written(sum));
      write(inside(button, "small"), t("pay.change", { amount: francs(value(sum) - left) }));
      return button;
    }),
  );
}

/** @param {Ticket} ticket @param {Context} context */
function render(ticket, context) {
  left = due(ticket, context);
  usd = rateOf(ticket, context);
  const typed = ticket.selected === null ? ticket.typed : "";
  const sum = typedDecimal(typed, 2);
  given = typed === "" ? null : sum === null ? NO_SUM : parseAmount(sum);
  const wrong = misfit(ticket, context.rates);
  means = wrong ? "inadapte" : means === "inadapte" ? "moyens" : means;
  write(byId("inadapte"), wrong ? t(wrong.say, wrong.with) : "");
  write(byId("reste"), francs(left));
  before = ticket.payments.length ? undefined : paidBefore(ticket, context);
  const paid = paidLabel(ticket.payments, "pay.received") || paidLabel(ticket.paid ?? [], "pay.before");
  write(byId("deja-paye"), paid);
  byId("deja-paye").hidden = paid === "";
  show();
}

/** Back to the first means. */
const reset = () => {
  means = "moyens";
};

/**
 * Shows what is left to pay of a ticket; each accepted payment comes back through `pay`, the ticket that
 * keeps the payments of a refused sale through `keep`.
 * @param {{pay: (payment: Payment) => void, keep: (ticket: Ticket) => void, clear: () => void}} till
 *   `clear` asks to forget what was typed: it was in another currency
 * @returns {{render: (ticket: Ticket, context: Context) => void, cash: () => void, reset: () => void}}
 *   `cash` takes the typed sum as cash; `reset` forgets the means that was chosen
 */
export function payments({ pay, keep, clear }) {
  /** @param {Payment | undefined} payment */
  function take(payment) {
    if (!payment) return;
    reset(); // the rest, if any, is asked for in francs
    pay(payment);
  }
  byId("garder").addEventListener("click", () => before && keep(before));
  byId("especes").addEventListener("click", () => take(cashOf(given ?? left)));
  byId("especes-usd").addEventListener("click", () => given !== null && take(cashOf(given)));
  for (const sums of ["billets", "billets-usd"])
    onTap(byId(sums), "sum", (sum) => take(cashOf(BigInt(sum))));
  byId("choisir-usd").addEventListener("click", () => {
    choose("dollars");
    clear();
  });
  onTap(byId("moyens"), "provider", (provider, button) => {
    operator = { provider, label: button.textContent?.trim() ?? "" };
    choose("attente");
    byId("recu").focus();
  });
  onTap(byId("paiement"), "means", () => choose("moyens"));
  byId("attente").addEventListener("submit", (event) => {
    event.preventDefault();
    const payment = electronic();
    choose("moyens");
    take(payment);
  });
  return { render, reset, cash: () => (given !== null && given > 0n ? take(cashOf(given)) : undefined) };
}
