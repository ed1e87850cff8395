/** What was scanned, one after the other: an article, a client, a paper, or a sentence that stays until it is touched. */
import { isNoNumber } from "../base/gtin.js";
import { current, onTicket } from "../sale/current-ticket.js";
import { failed } from "./notices.js";
import * as T from "../sale/ticket.js";

/** @typedef {import("../sale/quantities.js").Wrong} Wrong */
/** @typedef {import("../tablet/keyboard-scanner.js").Field} Field */
/**
 * @typedef {{article: (article: T.Article, number: string) => Wrong | undefined,
 *   client: (client: T.Client, exemption: string) => unknown, paper: (saleId: string) => void,
 *   lookForClient: (text: string) => unknown}} Acts  `number` was typed before the scan
 */
/** @typedef {{readings: readonly string[], quiet: number}} Scan */
/** @typedef {{number: string, field: Field | null}} Moment  when it was scanned */

const JUST = 1000; // what was typed so shortly before a scan that fails was for it

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/** @param {Scan} scan @param {Moment} moment @param {Wrong} wrong */
function fail({ quiet }, { number, field }, wrong) {
  const { ticket } = current();
  const free = !ticket.typed && !ticket.aim && ticket.selected === null;
  if (number && quiet > JUST && free) onTicket({ ...ticket, typed: number });
  if (field?.value && quiet <= JUST) fill(field, "");
  failed(wrong.say, wrong.with);
  void import("../tablet/tones.js").then(({ low }) => low(), () => {});
}

/** @param {Field} field @param {string} text */
function fill(field, text) {
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** A text that nobody knows is what an empty field asks for. @param {Field | null} field @param {string} text */
const isAskedFor = (field, text) => field && field.type !== "search" && field.value === "" && !isNoNumber(text);

/** @param {Acts} acts @param {Scan} scan @param {Moment} moment */
async function read(acts, scan, moment) {
  const codes = await import("../shop/codes.js").catch(() => undefined);
  if (!codes) return fail(scan, moment, { say: "ladder.blocked", with: {} });
  const meaning = await codes.meaningOf(scan.readings);
  if (meaning.kind === "paper") return acts.paper(meaning.sale_id);
  if (meaning.kind === "client") return acts.client(meaning.client, meaning.exemption);
  if (meaning.kind === "article") {
    const wrong = acts.article(meaning.article, moment.number);
    return wrong && fail(scan, moment, wrong);
  }
  const { text } = meaning;
  if (moment.field && isAskedFor(moment.field, text)) return fill(moment.field, text);
  if (current().panel === "client" && moment.field?.type === "search") return acts.lookForClient(text);
  return fail(scan, moment, { say: "sell.unknown", with: { code: text.slice(0, 40) } });
}

/**
 * @param {Acts} acts
 * @returns {(scan: Scan, field?: Field | null) => Promise<unknown>} resolves once it is on the screen
 */
export const scanning = (acts) => (scan, field = null) => {
  const { ticket, panel } = current();
  const number = panel === "catalogue" ? T.waiting(ticket) : "";
  if (ticket.typed || ticket.aim) onTicket(T.settled(ticket)); // what is typed from now on is for the next
  const turn = last.then(() => read(acts, scan, { number, field }));
  last = turn.catch(() => {});
  return turn;
};
