/** What a screen reader says while the ticket grows: the line that changed, and the total. */
import "../../base/later.js";
import { byId, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { francs, quantityLabel } from "../../base/money.js";
import { lineAmount } from "../../sale/tax.js";

/** @typedef {import("../../sale/ticket.js").Line} Line */
/** @typedef {{sale_id: string, lines: readonly Line[]}} Shown  a ticket, its lines at the prices of its client */

/** @param {Line} line */
const nameOf = ({ code, unit_price, original_price }) => `${code} ${unit_price} ${original_price ?? ""}`;

/**
 * The line that is other than before, or is gone; nothing when a ticket comes or goes as a whole.
 * @param {Shown} before @param {Shown} after @returns {{line: Line, gone: boolean} | undefined}
 */
export function changed(before, after) {
  if (before.sale_id !== after.sale_id) return undefined;
  const amounts = new Map(before.lines.map((line) => [nameOf(line), lineAmount(line)]));
  const line = after.lines.find((one) => amounts.get(nameOf(one)) !== lineAmount(one));
  if (line) return { line, gone: false };
  const kept = new Set(after.lines.map(nameOf));
  const lost = before.lines.find((one) => !kept.has(nameOf(one)));
  return lost && { line: lost, gone: true };
}

/**
 * @param {string} first id of the ticket that is just begun
 * @returns {(ticket: Shown, total: bigint) => void} says what changed since the last call
 */
export function speaker(first) {
  /** @type {Shown} */
  let before = { sale_id: first, lines: [] };
  return ({ sale_id, lines }, total) => {
    const after = { sale_id, lines };
    const found = changed(before, after);
    before = after;
    if (!found) return;
    const { name, quantity } = found.line;
    const amount = francs(lineAmount(found.line));
    const filling = { name, quantity: quantityLabel(quantity), amount, total: francs(total) };
    write(byId("dit"), t(found.gone ? "said.gone" : "said.line", filling));
  };
}
