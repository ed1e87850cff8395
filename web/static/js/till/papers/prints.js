/** The paper of a sale: its original once, and after that only DUPLICATA (clause 1.1.8). */
import "../../base/later.js";
import { t } from "../../base/i18n.js";
import { printed as marked } from "../../sale/sealed.js";
import { uuid7 } from "../../base/uuid.js";
import { Refused, tell } from "../../tablet/wire.js";

/**
 * @typedef {{sale_id: string, copy: string, number: string, at: string, paper: string, page: string}} Printed
 *   where the paper is, as the server recorded its print; `copy` is "original" or the id of a DUPLICATA
 */
/** @typedef {Printed & {shown: boolean}} Paper  `shown` is false when the browser kept the tab from opening */

/** Copies asked for and not answered yet: asking again is the same copy. @type {Map<string, string>} */
const asked = new Map();

/** The original is recorded as printed, and on the screen to be printed. @param {string} saleId */
export const printOriginal = (saleId) => print(saleId, "original");

/**
 * One more DUPLICATA is recorded and on the screen to be printed; the original when none ever was.
 * Throws `Refused` or `Unreachable`.
 * @param {string} saleId @returns {Promise<Paper>}
 */
export async function printDuplicate(saleId) {
  const copy = asked.get(saleId) ?? uuid7();
  asked.set(saleId, copy);
  try {
    return await print(saleId, copy);
  } catch (error) {
    if (error instanceof Refused && error.rule === "print.original") return print(saleId, "original");
    throw error;
  }
}

/** @param {string} saleId @param {string} copy @returns {Promise<Paper>} */
async function print(saleId, copy) {
  /** @type {Printed} */
  const printed = await tell("PUT", `/api/v1/invoices/${saleId}/prints/${copy}`, {});
  asked.delete(saleId);
  const shown = window.open(printed.paper, "_blank") !== null;
  await marked(saleId);
  return { ...printed, shown };
}

/** Why no paper came, in one sentence that says what is safe. @param {unknown} error */
export function whyNoPaper(error) {
  if (!(error instanceof Refused)) return t("paper.unreachable");
  return error.rule === "SFE-1.1.5" ? t("paper.not-yet") : error.title;
}
