/** The payment panel: exact cash first, then round sums of notes, dollars, mobile money, card. */
import { byId, copyOf, icon, inputById, inside, onTap, write } from "../../base/dom.js";
import { isGtin, isNoNumber } from "../../base/gtin.js";
import { t } from "../../base/i18n.js";
import { dollars, francs, parseAmount, parseRate, rateLabel, typedDecimal } from "../../base/money.js";
import { cleaned, wrongText } from "../../base/text.js";
import { dayLabel } from "../../base/times.js";
import { inCents, worth } from "../../sale/cash.js";
import { dollarTenders, tenders } from "../../sale/tenders.js";
import { due, inCash, inDollars, paidBefore } from "../../sale/ticket.js";
import { awaited, electronic } from "./electronic.js";
import { misfit } from "./invoice-types.js";
import { listenToPaid, showPaid } from "./paid.js";
import { ask } from "./question.js";

/** @typedef {import("../../sale/ticket.js").Ticket} Ticket */
/** @typedef {import("../../sale/ticket.js").Context} Context */
/** @typedef {import("../../sale/ticket.js").Payment} Payment */
/** @typedef {import("../../sale/ticket.js").Dollars} Dollars */
/** @typedef {import("../../sale/ticket.js").Method} Method */
/**
 * @typedef {{method: Method, provider: string, label: string, inUsd: boolean}} Operator
 *   as the sale names it and as the screen does; only mobile money has a provider
 */
/** @typedef {"moyens" | "dollars" | "attente" | "inadapte"} Means  one of them is on the screen */
/**
 * @typedef {{left: bigint, given: bigint | null, typed: string, means: Means, usd: Dollars | null,
 *   before: Ticket | undefined, operator: Operator}} Asking  what the panel asks for
 *   `left` to pay, in centimes; `given`: what was typed, in centimes or in cents of dollars; `before`: the ticket
 *   paid with the money of the refused sale that it replaces; `operator`: who is waited for
 */

/**
 * @typedef {{pay: (payment: Payment) => void, keep: (ticket: Ticket) => void, drop: (index: number) => void,
 *   clear: () => void}} Till
 *   `drop` takes a payment back, `clear` asks to forget what was typed: it was in another currency
 */

const MEANS = /** @type {const} */ (["moyens", "dollars", "attente", "inadapte"]);
/** What was typed is no sum: nothing can be taken. */
const NO_SUM = -1n;
/** Nobody hands over so much more than is due: five of the largest notes, one of the largest in dollars. */
const LARGE_CHANGE = 10_000_000n;
const LARGE_CENTS = 10_000n;

/** @param {bigint} left @param {bigint} given @param {string} sum what the customer hands over @param {string} typed */
function cashLabel(left, given, sum, typed) {
  if (given === NO_SUM) return t(isNoNumber(typed) ? "pay.code" : "pay.no-sum", { code: typed });
  if (given < left) return t("pay.cash.part", { given: sum, left: francs(left - given) });
  if (given > left) return t("pay.cash.change", { given: sum, change: francs(given - left) });
  return t("pay.cash.exact", { sum });
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

/** Nothing yet. @returns {Asking} */
const nothing = () => ({
  left: 0n,
  given: null,
  means: "moyens",
  typed: "",
  usd: null,
  before: undefined,
  operator: { method: "CARTEBANCAIRE", provider: "", label: "", inUsd: false },
});

/**
 * @param {Asking} asking @param {bigint} sum centimes, or cents of dollars when these were chosen
 * @returns {Payment | undefined}
 */
function cashOf({ means, left, usd }, sum) {
  if (means === "moyens") return inCash(left, sum);
  return means === "dollars" && usd?.usable ? inDollars(left, sum, usd) : undefined;
}

/** @param {Asking} asking @param {Means} next */
function choose(asking, next) {
  asking.means = next;
  inputById("reference").value = "";
  write(byId("reference-erreur"), "");
  show(asking);
}

/** @param {Asking} asking */
function show(asking) {
  const { means, usd, operator } = asking;
  for (const name of MEANS) byId(name).hidden = name !== means;
  showCash(asking);
  if (usd) showDollars(asking, usd);
  write(byId("attente-titre"), `${operator.label} — ${awaited(asking)}`);
  for (const words of byId("attente").querySelectorAll("[data-for]"))
    /** @type {HTMLElement} */ (words).hidden = /** @type {HTMLElement} */ (words).dataset.for !== operator.method;
}

/** @param {Asking} asking */
function showCash({ left, given, typed, before, usd }) {
  byId("garder").hidden = !before;
  const sums = given === null ? tenders(left) : [];
  byId("le-client-donne").hidden = sums.length === 0;
  showSums("billets", sums.map((sum) => ({ sum, label: francs(sum), change: sum - left })));
  showSum("especes", given ?? left, cashLabel(left, given ?? left, francs(given ?? left), typed));
  byId("choisir-usd").hidden = !usd;
}

/** @param {Asking} asking @param {Dollars} known */
function showDollars({ left, given, typed }, known) {
  const rate = parseRate(known.rate);
  const sums = given === null && known.usable ? dollarTenders(left, rate) : [];
  const value = given === null || given === NO_SUM ? NO_SUM : worth(given, rate);
  showRate(ageOf(known), rate);
  write(byId("reste-usd"), dollars(inCents(left, rate)));
  showSums("billets-usd", sums.map((sum) => ({ sum, label: dollars(sum), change: worth(sum, rate) - left })));
  byId("dollars-sans-billets").hidden = !known.usable;
  byId("especes-usd").hidden = given === null || !known.usable;
  showSum("especes-usd", value, cashLabel(left, value, dollars(given ?? 0n), typed));
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

/** @param {string} id @param {{sum: bigint, label: string, change: bigint}[]} sums `change` in centimes */
function showSums(id, sums) {
  byId(id).replaceChildren(
    ...sums.map(({ sum, label, change }) => {
      const button = copyOf("modele-somme");
      button.dataset.sum = String(sum);
      write(inside(button, "strong"), label);
      write(inside(button, "small"), t("pay.change", { amount: francs(change) }));
      return button;
    }),
  );
}

/** What was typed as a sum, or null when nothing was. @param {Ticket} ticket @returns {bigint | null} */
function sumTyped({ selected, typed }) {
  if (selected !== null || typed === "") return null;
  const sum = isGtin(typed) && typed.length === 8 ? typed : isNoNumber(typed) ? null : typedDecimal(typed, 2);
  return sum === null ? NO_SUM : parseAmount(sum);
}

/** @param {Asking} asking @param {Ticket} ticket @param {Context} context */
function learn(asking, ticket, context) {
  asking.left = due(ticket, context);
  asking.usd = rateOf(ticket, context);
  asking.given = sumTyped(ticket);
  asking.typed = ticket.typed;
  asking.before = ticket.payments.length ? undefined : paidBefore(ticket, context);
}

/** @param {Asking} asking @param {Ticket} ticket @param {Context} context */
function render(asking, ticket, context) {
  learn(asking, ticket, context);
  const wrong = misfit(ticket, context);
  asking.means = wrong ? "inadapte" : asking.means === "inadapte" ? "moyens" : asking.means;
  write(byId("inadapte"), wrong ? t(wrong.say, wrong.with) : "");
  write(byId("reste"), francs(asking.left));
  showPaid(ticket);
  show(asking);
}

/** Whether a sum that was typed may be a slip: a code, or far more than is due. @param {Asking} asking */
export function isOdd({ left, given, typed, means, usd }) {
  if (given === null || given <= 0n) return false;
  if (isNoNumber(typed)) return true;
  if (means !== "dollars" || !usd) return given - left >= LARGE_CHANGE;
  return given - inCents(left, parseRate(usd.rate)) >= LARGE_CENTS;
}

/** What was typed as cash; asked about before it is taken where it may be a slip. @param {Asking} asking */
async function counted(asking) {
  const { given, means, left } = asking;
  if (given === null) return means === "moyens" ? cashOf(asking, left) : undefined;
  const sum = means === "dollars" ? dollars(given) : francs(given);
  const text = t("pay.sure", { sum, left: francs(left) });
  const sure = !isOdd(asking) || (await ask({ text, yes: t("pay.sure.yes", { sum }), no: t("pay.sure.no") }));
  return sure && given === asking.given && left === asking.left ? cashOf(asking, given) : undefined;
}

/** @param {Asking} asking @param {(payment: Payment | undefined) => void} take */
function listenToCash(asking, take) {
  for (const id of ["especes", "especes-usd"])
    byId(id).addEventListener("click", async () => take(await counted(asking)));
  for (const sums of ["billets", "billets-usd"])
    onTap(byId(sums), "sum", (sum) => take(cashOf(asking, BigInt(sum))));
}

/** Whether the server would refuse the reference: said before the payment counts. */
function refusesReference() {
  const found = wrongText("reference", cleaned(inputById("reference").value));
  write(byId("reference-erreur"), found ? t(found.say, { ...found.with, field: t("pay.reference.name") }) : "");
  if (found) inputById("reference").focus();
  return found !== null;
}

/** @param {Asking} asking @param {(payment: Payment | undefined) => void} take */
function listenToOperators(asking, take) {
  /** @param {string} means @param {(value: string) => Pick<Operator, "method" | "provider" | "inUsd">} named */
  const wait = (means, named) =>
    onTap(byId("paiement"), means, (value, button) => {
      asking.operator = { ...named(value), label: button.textContent?.trim() ?? "" };
      choose(asking, "attente");
      byId("recu").focus();
    });
  wait("provider", (provider) => ({ method: "MOBILEMONEY", provider, inUsd: false }));
  wait("of", (method) => ({ method: /** @type {Method} */ (method), provider: "", inUsd: false }));
  wait("usd", (provider) => ({ method: provider ? "MOBILEMONEY" : "CARTEBANCAIRE", provider, inUsd: true }));
  byId("plus-de-moyens").addEventListener("click", () => {
    byId("autres-moyens").hidden = !byId("autres-moyens").hidden;
    byId("plus-de-moyens").setAttribute("aria-expanded", String(!byId("autres-moyens").hidden));
  });
  byId("attente").addEventListener("submit", (event) => {
    event.preventDefault();
    if (refusesReference()) return;
    const payment = electronic(asking);
    choose(asking, "moyens");
    take(payment);
  });
}

/** @param {Asking} asking @param {Pick<Till, "keep" | "clear" | "drop">} till */
function listenToMeans(asking, { keep, clear, drop }) {
  listenToPaid(drop);
  byId("garder").addEventListener("click", () => asking.before && keep(asking.before));
  byId("choisir-usd").addEventListener("click", () => {
    choose(asking, "dollars");
    clear();
  });
  onTap(byId("paiement"), "means", () => choose(asking, "moyens"));
}

/**
 * Shows what is left to pay of a ticket; each accepted payment comes back through `pay`, the ticket that
 * keeps the payments of a refused sale through `keep`.
 * @param {Till} till
 * @returns {{render: (ticket: Ticket, context: Context) => void, cash: () => Promise<void>, reset: () => void}}
 *   `cash` takes the typed sum as cash; `reset` forgets the means that was chosen
 */
export function payments(till) {
  const asking = nothing();
  const reset = () => void (asking.means = "moyens");
  /** @param {Payment | undefined} payment */
  function take(payment) {
    if (!payment) return;
    reset(); // the rest, if any, is asked for in francs
    till.pay(payment);
  }
  listenToMeans(asking, till);
  listenToCash(asking, take);
  listenToOperators(asking, take);
  return {
    reset,
    render: (ticket, context) => render(asking, ticket, context),
    cash: async () => void (asking.given !== null && asking.given > 0n && take(await counted(asking))),
  };
}
