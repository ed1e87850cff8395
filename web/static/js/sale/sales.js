/**
 * What became of the sales of this tablet: read from what is stored, and told live by whoever sends
 * (this page or the worker).
 */
import { listen } from "../tablet/news.js";
import { rows } from "./outbox.js";
import { recent, waitingRows } from "./sealed.js";

/** @typedef {import("./outbox.js").Row} Row */
/** @typedef {import("./sealed.js").Sealed} Sealed */
/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("../tablet/news.js").SaleState} SaleState */
/** @typedef {import("../tablet/refusals.js").Problem} Problem */
/** @typedef {import("../tablet/wire.js").Answer} Answer */
/** @typedef {SaleState | "ready"} State  a sale that nobody tried to send yet is ready */
/**
 * @typedef {{sale_id: string, state: State, at: number, total: string, ticket: Ticket, provisional: boolean,
 *   printed: boolean, bytes: number, replaced?: boolean, problem?: Problem, answer?: Answer}} Sale
 *   `replaced`: another one is being made, or was
 */

const RECENT = 12;
const STUCK = new Set(["poison", "refused"]);
/** States that only the sender knows; they last until something is stored. */
const LIVE = new Set(["sending", "checking", "locked"]);

/** Whether a person must act. @param {Sale} sale */
export const isStuck = (sale) => STUCK.has(sale.state);
/** Whether only this tablet has it. @param {Sale} sale */
export const isTravelling = (sale) => ["ready", "sending", "checking", "locked"].includes(sale.state);
/** Whether nothing more will happen to it. @param {Sale} sale */
export const isSettled = (sale) => ["sealed", "normalised", "held"].includes(sale.state);

/** @param {Row} row @param {SaleState | undefined} live @returns {Sale} */
function unsent(row, live) {
  const state = row.state === "ready" ? (live && LIVE.has(live) ? live : "ready") : row.state;
  return {
    sale_id: row.sale_id,
    state,
    at: row.created_at,
    total: row.total,
    ticket: row.ticket,
    provisional: row.provisional,
    printed: false,
    bytes: row.body.byteLength,
    ...(row.problem && { problem: row.problem }),
  };
}

/** @param {Sealed} sealed @returns {Sale} */
export function sent(sealed) {
  return {
    sale_id: sealed.sale_id,
    state: sealed.status === "sealed" && !sealed.final ? "waiting" : sealed.status,
    at: sealed.at,
    total: sealed.total,
    ticket: sealed.ticket,
    provisional: sealed.provisional,
    printed: sealed.printed === "sent",
    bytes: 0,
    replaced: Boolean(sealed.replaced_by),
    answer: JSON.parse(sealed.answer),
  };
}

/**
 * Hears of every change of a sale and reads them all again, oldest first.
 * @param {(sales: Sale[], news: {sale_id: string, state: SaleState} | null) => void} heard
 * @returns {() => Promise<void>} reads them now
 */
export function sales(heard) {
  /** @type {Map<string, SaleState>} */
  const live = new Map();
  /** @param {{sale_id: string, state: SaleState} | null} news */
  async function read(news = null) {
    const [unsentRows, waiting, last] = await Promise.all([rows(), waitingRows(), recent(RECENT)]);
    const sealed = new Map([...last, ...waiting].map((one) => [one.sale_id, one]));
    const all = [...unsentRows.map((row) => unsent(row, live.get(row.sale_id))), ...[...sealed.values()].map(sent)];
    // A refused sale that another one replaces is no longer anybody's business.
    heard(all.filter((sale) => !sale.replaced).sort((a, b) => a.at - b.at), news);
  }

  listen((news) => {
    if (news.type !== "sale") return;
    live.set(news.sale_id, news.state);
    read(news);
  });
  return read;
}
