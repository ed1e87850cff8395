/** What taps, scans and digits do to the ticket in hand, or the sentence that says why they do nothing. */
import { francs } from "../base/money.js";
import { change, current, onTicket, terms } from "../sale/current-ticket.js";
import { wrongQuantity } from "../sale/quantities.js";
import { keyed, withScanned } from "../sale/typing.js";
import { notice } from "./notices.js";
import * as T from "../sale/ticket.js";

/** @typedef {import("../sale/quantities.js").Wrong} Wrong */

/** Whether the sentence that stands is about a number that was typed. */
let warned = false;

/** @param {Wrong | undefined} wrong */
function warn(wrong) {
  if (wrong || warned) notice(wrong?.say, wrong?.with);
  warned = wrong !== undefined;
}

/** Why that cannot be the ticket. @param {T.Ticket} next @param {string} name @returns {Wrong | undefined} */
export function refusal(next, name) {
  const say = T.impossible(next, terms());
  if (say) return { say, with: { name } };
  const paid = T.paidOf(next);
  return paid > T.totalOf(next, terms()) ? { say: "sell.paid-more", with: { paid: francs(paid) } } : undefined;
}

/** @param {T.Article} article @param {string} number @param {T.Ticket} next */
function put(article, number, next) {
  const wrong = (number && wrongQuantity(article, number)) || refusal(next, article.name);
  if (!wrong) void change({ ticket: next, panel: "catalogue" });
  warn(wrong);
  if (!wrong) notice();
  return wrong;
}

/** An article that was touched. @param {T.Article} article */
export function add(article) {
  const { ticket, panel } = current();
  const base = panel === "paiement" ? T.settled(ticket) : ticket;
  const wrong = put(article, T.waiting(base), T.withArticle(base, article));
  if (wrong) void onTicket(T.settled(current().ticket)); // what was wrong is not left for the next article
}

/** An article that was scanned after that number. @param {T.Article} article @param {string} number */
export const addScanned = (article, number) => put(article, number, withScanned(current().ticket, article, number));

/** A key of the pad, but "ok". @param {string} key */
export function press(key) {
  const { ticket, panel } = current();
  const { ticket: next, wrong } = keyed(ticket, key);
  const over = panel === "catalogue" && next.aim ? refusal(next, next.lines[next.aim.index]?.name ?? "") : undefined;
  if (!over) void onTicket(next);
  warn(wrong ?? over);
}

/** One more or fewer on a line. @param {T.Ticket} next @param {(ticket: T.Ticket) => unknown} keep */
export function step(next, keep) {
  const wrong = refusal(next, next.lines[next.selected ?? 0]?.name ?? "");
  if (!wrong) keep(next);
  warn(wrong);
}
