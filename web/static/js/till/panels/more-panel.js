/** What is rarely needed of a ticket: another price, a note, a discount, comment lines, the sum of a deposit. */
import "../../base/later.js";
import { byId, inputById, onTap, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { amountText, figures, francs, parseAmount, parsePercent, typedDecimal } from "../../base/money.js";
import { isDeposit } from "../../sale/charged.js";
import { MOST_COMMENTS, withNote, withPrice } from "../../sale/agreed.js";
import { commentsOf, discounted } from "../../sale/pricing.js";
import { isComputable, taxOfTicket } from "../../sale/ticket.js";
import { cleaned, wrongText } from "../../base/text.js";

/** @typedef {import("../../sale/ticket.js").Ticket} Ticket */
/** @typedef {import("../../sale/ticket.js").Context} Context */
/** @typedef {{ticket: Ticket, context: Context, index: number | null, change: (ticket: Ticket) => void}} Asked */
/**
 * @typedef {{say: string, with?: Record<string, string | number>} | {ticket: Ticket}} Judged
 *   the sentence that says why not, or the ticket
 */

const WHOLE = 100_000n;

/** @type {Asked | undefined} */
let asked;

/** What the server would refuse of a text, named as the screen names it. @param {string} field @param {string} name @param {string} text */
function refused(field, name, text) {
  const found = wrongText(field, text);
  return found && { say: found.say, with: { ...found.with, field: t(name) } };
}
/** @param {string} typed @returns {bigint | null} centimes */
function sumOf(typed) {
  const sum = typedDecimal(typed, 2);
  return sum === null ? null : parseAmount(sum);
}

/**
 * Every price that nobody could pay is refused before it stands.
 * @param {Ticket} ticket @param {Context} context @returns {Judged}
 */
const possible = (ticket, context) =>
  isComputable(ticket, context) ? { ticket } : { say: "more.nothing" };

/**
 * The ticket with that price and note on a line. @param {Ticket} ticket @param {Context} context @param {number} index
 * @param {{price: string, reason: string, note: string}} filled @returns {Judged}
 */
export function lineChanged(ticket, context, index, { price, reason, note }) {
  const line = ticket.lines[index];
  const sum = sumOf(price);
  if (!line || sum === null) return { say: "more.price.wrong" };
  const same = amountText(sum) === amountText(parseAmount(line.original_price ?? line.unit_price));
  if (!same && !reason) return { say: "more.why.missing" };
  const wrong = refused("price_change_reason", "giveup.reason", reason) ?? refused("note", "more.note", note);
  if (wrong) return wrong;
  const noted = withNote(ticket, index, note);
  if (commentsOf(noted).length > MOST_COMMENTS) return manyComments;
  // A note may have made it one with another line; a price never moves it.
  const found = noted.lines.findIndex(({ code, unit_price }) => code === line.code && unit_price === line.unit_price);
  const at = noted.lines.length === ticket.lines.length ? index : found;
  return possible(withPrice(noted, at, sum, reason), context);
}

const manyComments = { say: "more.comments.many", with: { most: MOST_COMMENTS } };

/** @param {Ticket} ticket @param {string} typed "10 %" or "5 000" @param {string} reason @returns {Judged} */
function discount(ticket, typed, reason) {
  const { discount: _, ...whole } = ticket;
  if (typed === "") return { ticket: whole };
  const wrong = refused("price_change_reason", "more.discount.why", reason);
  if (wrong) return wrong;
  const isPercent = typed.endsWith("%");
  const value = typedDecimal(isPercent ? typed.slice(0, -1) : typed, isPercent ? 3 : 2);
  if (value === null) return { say: "more.discount.wrong" };
  if (isPercent && parsePercent(value) >= WHOLE) return { say: "more.nothing" };
  const own = /^(Remise( [\d,]+ %)?)?$/.test(reason) ? "" : reason; // ours was of the figure before
  const off = isPercent
    ? { percent: value, reason: own || `Remise ${value.replace(".", ",")} %` } // in French, as the paper
    : { sum: amountText(parseAmount(value)), reason: own || "Remise" };
  const next = { ...whole, discount: off };
  return discounted(next.lines, off) === next.lines ? { say: "more.nothing" } : { ticket: next };
}

/** @param {Ticket} ticket @param {string} typed @returns {Judged} */
function deposit(ticket, typed) {
  const { deposit: _, ...whole } = ticket;
  if (!isDeposit(ticket) || typed === "") return { ticket: whole };
  const sum = sumOf(typed);
  return sum === null ? { say: "more.deposit.wrong" } : { ticket: { ...whole, deposit: amountText(sum) } };
}

/** @param {Ticket} ticket @param {string} text one comment a line @returns {Judged} */
function comments(ticket, text) {
  const words = text.split("\n").map(cleaned).filter(Boolean);
  const wrong = words.map((line) => refused("comment", "more.comments", line)).find(Boolean);
  if (wrong) return wrong;
  const next = { ...ticket, comments: words };
  return commentsOf(next).length > MOST_COMMENTS ? manyComments : { ticket: next };
}

/**
 * The whole ticket with what was asked of it. @param {Ticket} ticket @param {Context} context
 * @param {{off: string, reason: string, words: string, sum: string}} filled @returns {Judged}
 */
export function ticketChanged(ticket, context, { off, reason, words, sum }) {
  /** @type {Judged} */
  let judged = { ticket };
  for (const step of [discount, comments, deposit]) {
    if ("say" in judged) return judged;
    judged = step(judged.ticket, step === comments ? words : step === deposit ? sum : off, reason);
  }
  return "say" in judged ? judged : possible(judged.ticket, context);
}

const filledLine = () => ({
  price: cleaned(inputById("plus-prix").value),
  reason: cleaned(inputById("plus-motif").value),
  note: cleaned(inputById("plus-note").value),
});
const filledTicket = () => ({
  off: cleaned(inputById("plus-remise").value),
  reason: cleaned(inputById("plus-remise-motif").value),
  words: inputById("plus-mots").value,
  sum: cleaned(inputById("plus-acompte").value),
});

/** @param {string} place of the sentence @param {Judged} judged */
function settle(place, judged) {
  write(byId(place), "say" in judged ? t(judged.say, judged.with) : "");
  if ("say" in judged) return;
  asked?.change(judged.ticket);
  byId("plus-feuille").hidePopover();
}

/** What the ticket would cost, while it is typed. */
function preview() {
  if (!asked) return;
  const judged = ticketChanged(asked.ticket, asked.context, filledTicket());
  const total = "say" in judged ? null : taxOfTicket(judged.ticket, asked.context).totals.total;
  write(byId("plus-total"), total === null ? "" : t("more.total", { amount: francs(total) }));
}

let listening = false;

function listen() {
  listening = true;
  onTap(byId("plus-motifs"), "why", (reason) => void (inputById("plus-motif").value = reason));
  onTap(byId("plus-remises"), "off", (percent) => {
    inputById("plus-remise").value = percent;
    preview();
  });
  byId("plus-ticket").addEventListener("input", preview);
  byId("plus-ligne").addEventListener("submit", (event) => {
    event.preventDefault();
    if (asked?.index == null) return;
    settle("plus-ligne-erreur", lineChanged(asked.ticket, asked.context, asked.index, filledLine()));
  });
  byId("plus-ticket").addEventListener("submit", (event) => {
    event.preventDefault();
    if (asked) settle("plus-ticket-erreur", ticketChanged(asked.ticket, asked.context, filledTicket()));
  });
}

/** As it is typed. @param {Ticket} ticket */
function offOf({ discount: off }) {
  if (!off) return "";
  return off.percent ? `${off.percent.replace(".", ",")} %` : figures(parseAmount(off.sum ?? "0"));
}

/** @param {Asked} now */
function fill({ ticket, index }) {
  const line = index === null ? undefined : ticket.lines[index];
  byId("plus-ligne").hidden = !line;
  write(byId("plus-article"), line?.name ?? "");
  inputById("plus-prix").value = line ? figures(parseAmount(line.unit_price)) : "";
  inputById("plus-motif").value = line?.price_change_reason ?? "";
  inputById("plus-note").value = line?.note ?? "";
  inputById("plus-remise").value = offOf(ticket);
  inputById("plus-remise-motif").value = ticket.discount?.reason ?? "";
  inputById("plus-mots").value = (ticket.comments ?? []).join("\n");
  inputById("plus-acompte").value = ticket.deposit ? figures(parseAmount(ticket.deposit)) : "";
  byId("plus-acompte-place").hidden = !isDeposit(ticket);
  for (const id of ["plus-ligne-erreur", "plus-ticket-erreur"]) write(byId(id), "");
}

/** Offers what may be changed of that ticket, and of one of its lines. @param {Asked} now */
export function more(now) {
  if (!listening) listen();
  asked = now;
  fill(now);
  preview();
  byId("plus-feuille").showPopover();
}
