/** The sales of one day that this till keeps, and what they come to. */
import "../../base/later.js";
import { t } from "../../base/i18n.js";
import { francs, quantityLabel } from "../../base/money.js";
import { dayOf } from "../../base/times.js";
import { withDb } from "../../tablet/database.js";

/** @typedef {import("../../sale/sealed.js").Sealed} Sealed */
/** @typedef {{name: string, quantity: string}} Sold */

const DAY = 24 * 3600 * 1000;

/** What was sold, in one line. @param {readonly Sold[]} lines */
export const articlesOf = (lines) =>
  lines.map(({ name, quantity }) => (quantity === "1" ? name : `${quantityLabel(quantity)} × ${name}`)).join(", ");

/** @param {string} day @param {number} days */
const shifted = (day, days) => new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);

/** Those of that day in the outlet, newest first. @param {string} day @returns {Promise<Sealed[]>} */
export async function salesOf(day) {
  // The index has the days of this device; those of the outlet begin at another hour.
  const around = IDBKeyRange.bound(shifted(day, -1), shifted(day, 1));
  /** @type {Sealed[]} */
  const found = await withDb((db) => db.getAllFromIndex("sealed", "day", around));
  return found.filter(({ at }) => dayOf(at) === day).sort((a, b) => b.at - a.at);
}

/** How many invoices, and their sum: a refused sale is none. @param {readonly Pick<Sealed, "status" | "total">[]} sales */
export function dayTotal(sales) {
  const counted = sales.filter(({ status }) => status !== "refused");
  const sum = counted.reduce((all, { total }) => all + BigInt(total), 0n);
  return t("history.total", { count: counted.length, sum: francs(sum) });
}
