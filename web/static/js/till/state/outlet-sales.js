/** Under the tablet's own queue: the sales of the whole outlet that are not through at the DGI. */
import "../../base/later.js";
import { byId, icon, inside, show, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { francs, parseAmount } from "../../base/money.js";
import { dayAndTime } from "../../base/times.js";
import { sealedOf } from "../../sale/sealed.js";
import { sent } from "../../sale/sales.js";
import { get, put } from "../../tablet/database.js";
import { ask } from "../../tablet/wire.js";

/** @typedef {import("../../sale/sales.js").Sale} Sale */
/**
 * @typedef {{sale_id: string, fiscal_number: string, terminal_id: string, total: string, since: string,
 *   state: "pending" | "submitted" | "in_doubt" | "failed" | "refused", text: string}} OutletSale
 * @typedef {{name: "unfinished", time: string, count: string, items: OutletSale[]}} OutletSales
 *   as the server last told it; `count` is of all, `items` are the first
 */

const NAME = "unfinished";
const PATIENCE = 8000;

/** @type {OutletSales | undefined} */
let known;
/** The refused ones that this tablet sold. @type {Map<string, Sale>} */
let here = new Map();
/** Whether the server just said it. */
let fresh = true;

/** @param {OutletSales | undefined} outlet */
async function learn(outlet) {
  const refused = outlet?.items.filter(({ state }) => state === "refused") ?? [];
  const kept = await Promise.all(refused.map(({ sale_id }) => sealedOf(sale_id)));
  here = new Map(kept.flatMap((row) => (row ? [[row.sale_id, sent(row)]] : [])));
  known = outlet;
}

/** What the server says is kept for when it does not answer. @returns {Promise<void>} */
export async function pullOutlet() {
  try {
    const outlet = { ...(await ask("/caisse/envois", PATIENCE)), name: NAME };
    await put("meta", outlet);
    await learn(outlet);
    fresh = true;
  } catch {
    fresh = false;
    await learn(await get("meta", NAME));
  }
}

/** What the server said of that sale. @param {string} saleId */
export const outletSale = (saleId) => known?.items.find(({ sale_id }) => sale_id === saleId);

/** A refused sale of this tablet. @param {string} saleId */
export const refusedHere = (saleId) => here.get(saleId);

/** What it means, in one plain sentence. @param {OutletSale} sale */
export const meaningOf = ({ state, text }) =>
  state === "in_doubt" || state === "failed" ? t(`outlet.${state}`) : text;

/** @param {OutletSale} sale */
function wordOf({ state }) {
  if (state === "refused") return t("paper.refused");
  return t(state === "in_doubt" || state === "failed" ? `sale.${state}` : "sale.waiting");
}

/** What the cashier may do about it here. @param {OutletSale} unfinished */
function actOf({ state, sale_id, terminal_id }) {
  if (state !== "refused") return "";
  const sale = here.get(sale_id);
  if (!sale) return t("outlet.there", { terminal: terminal_id });
  return sale.replaced ? t("outlet.begun") : "";
}

/** @param {HTMLElement} row @param {OutletSale} unfinished */
function fill(row, unfinished) {
  const lamp = unfinished.state === "refused" ? "red" : "amber";
  const place = inside(row, ".sale-state");
  if (row.dataset.state !== lamp) place.replaceChildren(icon(`lamp-${lamp}`));
  row.dataset.state = lamp;
  const { fiscal_number: number, terminal_id: terminal, since } = unfinished;
  write(inside(row, ".row-main"), wordOf(unfinished));
  write(inside(row, ".row-amount"), francs(parseAmount(unfinished.total)));
  write(inside(row, ".row-more"), t("outlet.of", { number, terminal, time: dayAndTime(since) }));
  write(inside(row, ".sale-why"), [meaningOf(unfinished), actOf(unfinished)].filter(Boolean).join(" "));
  const sale = here.get(unfinished.sale_id);
  inside(row, ".sale-tools").hidden = !sale || Boolean(sale.replaced);
}

/** @param {ReadonlySet<string>} own the sales that stand above already */
export function renderOutlet(own) {
  byId("autres-place").hidden = !known;
  if (!known) return;
  const items = known.items.filter(({ sale_id }) => !own.has(sale_id));
  const count = Number(known.count) - (known.items.length - items.length);
  write(byId("autres-titre"), t("outlet.title", { count }));
  const old = fresh ? "" : t("outlet.old", { time: dayAndTime(known.time) });
  write(byId("autres-quand"), [old, count ? "" : t("outlet.none")].filter(Boolean).join(" "));
  show(byId("autres"), "modele-autre", items, ({ sale_id }) => sale_id, fill);
}
