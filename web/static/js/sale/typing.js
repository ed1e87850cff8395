/** What digits mean at the ticket: to whom they belong, and the quantity that they make. */
import { parseQuantity, quantityText, typedDecimal } from "../base/money.js";
import { wrongQuantity } from "./quantities.js";
import { grown, settled, without, withQuantity } from "./ticket.js";

/** @typedef {import("./ticket.js").Article} Article */
/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("./quantities.js").Wrong} Wrong */

const MOST_TYPED = 13;
const TOO_FINE = /,\d{4}/; // clause 1.5.1: a quantity has three decimals at most

/**
 * The ticket after one key of the pad: a digit, "000", ",", "back" or "clear", and what is wrong with the number.
 * The digits are the quantity of the line aimed at; else they wait for the next article.
 * @param {Ticket} ticket @param {string} key @returns {{ticket: Ticket, wrong?: Wrong | undefined}}
 */
export function keyed(ticket, key) {
  const typed = typedAfter(ticket.typed, key);
  const line = ticket.aim && ticket.lines[ticket.aim.index];
  const wrong = line && typed ? wrongQuantity(line, typed) : undefined;
  if (wrong?.say === "quantity.whole") return { ticket, wrong };
  return { ticket: aimed({ ...ticket, typed: wrong?.say === "quantity.code" ? "" : typed }), wrong };
}

/** The ticket after that key, whatever is wrong with it. @param {Ticket} ticket @param {string} key */
export const pressed = (ticket, key) => keyed(ticket, key).ticket;

/** The line aimed at has the quantity that was typed. @param {Ticket} ticket @returns {Ticket} */
function aimed(ticket) {
  const { aim, typed } = ticket;
  const line = aim && ticket.lines[aim.index];
  if (!line) return ticket;
  const resting = withQuantity(ticket, aim.index, aim.rest);
  if (!typed || wrongQuantity(line, typed)) return resting;
  const quantity = parseQuantity(aim.base) + parseQuantity(typedDecimal(typed, 3) ?? "0");
  return withQuantity(resting, aim.index, quantityText(quantity));
}

/** The ticket as if nothing had been typed since it was `before`. @param {Ticket} ticket @param {Ticket} before */
export const untyped = (ticket, before) =>
  aimed({ ...ticket, typed: ticket.aim === before.aim ? before.typed : "" });

/** @param {string} typed @param {string} key @returns {string} */
function typedAfter(typed, key) {
  if (key === "clear") return "";
  if (key === "back") return typed.slice(0, -1);
  if (key === "," && typed.includes(",")) return typed;
  const next = (typed + key).replace(/^,/, "0,").replace(/^0+(?=\d)/, "");
  return next.length > MOST_TYPED || TOO_FINE.test(next) ? typed : next;
}

/**
 * The ticket with a scanned article added: as many as were typed before the scan, else one, and what is typed
 * from then on belongs to it.
 * @param {Ticket} ticket @param {Article} article @param {string} number @returns {Ticket}
 */
export function withScanned(ticket, article, number) {
  const { ticket: next, index, before } = grown({ ...settled(ticket), typed: ticket.typed }, article, number);
  // Who types the number first does so for the next article too.
  return number ? next : aimed({ ...next, aim: { index, base: before, rest: next.lines[index]?.quantity ?? "1" } });
}

/**
 * The ticket with that line selected, or none when it already was.
 * @param {Ticket} ticket @param {number} index @returns {Ticket}
 */
export function selecting(ticket, index) {
  const line = ticket.lines[index];
  if (!line || ticket.selected === index) return settled(ticket);
  return { ...settled(ticket), selected: index, aim: { index, base: "0", rest: line.quantity } };
}

/**
 * The ticket with `by` whole pieces more (or fewer) on a line; a line that reaches nothing goes.
 * @param {Ticket} ticket @param {number} index @param {bigint} by @returns {Ticket}
 */
export function stepped(ticket, index, by) {
  const line = ticket.lines[index];
  if (!line) return ticket;
  const quantity = parseQuantity(line.quantity) + by * 1000n;
  if (quantity <= 0n) return without(ticket, index); // clause 1.1.22: no zero line
  const next = withQuantity(settled(ticket), index, quantityText(quantity));
  return ticket.selected === index ? selecting(next, index) : next;
}

