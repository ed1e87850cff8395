/** What the server knows and the till needs: kept on the tablet, brought up to date by what changed. */
import { productRecord } from "./articles.js";
import { FOLDING } from "../base/folding.js";
import { cleanNif } from "../base/text.js";
import { clientRecord, isLocal } from "./clients.js";
import { get, getAll, now, relaxed } from "../tablet/database.js";
import { whoIsOpen } from "../tablet/unlock.js";
import { ask } from "../tablet/wire.js";

/** @typedef {import("../tablet/database.js").Writing} Writing */
/** @typedef {import("../sale/ticket.js").Context} Context */
/** @typedef {import("../sale/ticket.js").Dollars} Dollars */
/** @typedef {{id: string, name: string, from: string, rates: import("../sale/tax.js").Rates}} Table */
/** @typedef {{id: string, currency: string, day: string, rate: string, source: string}} Rate */

/** The day it is in the outlet. @param {string} zone @param {number} at */
export const dayIn = (zone, at) => new Intl.DateTimeFormat("fr-CA", { timeZone: zone }).format(at);

/**
 * The table in force on that day: the last that has begun.
 * @param {readonly Table[]} tables @param {string} day
 */
export const tableOn = (tables, day) =>
  tables.filter(({ from }) => from <= day).sort((a, b) => (a.from < b.from ? 1 : -1))[0];

/**
 * The newest rate of the dollar, how old it is, and whether a payment may use it (SFE 1.1.30).
 * @param {readonly Rate[]} rates @param {string} day @param {number} most days @returns {Dollars | null}
 */
export function dollar(rates, day, most) {
  const known = rates.filter((rate) => rate.currency === "USD" && rate.day <= day); // no day to come
  const newest = known.sort((a, b) => (a.day < b.day ? 1 : -1))[0];
  if (!newest) return null;
  const age_days = Math.round((Date.parse(day) - Date.parse(newest.day)) / 86_400_000);
  return { rate: newest.rate, day: newest.day, age_days, usable: age_days <= most };
}

/**
 * What a sale needs to know, with the tax table and the cashier of this moment. Undefined until the
 * first `pull`.
 * @returns {Promise<Context | undefined>}
 */
export async function context() {
  const [kept, tables, rates, person] = await Promise.all([
    get("meta", "context"),
    getAll("groups"),
    getAll("rates"),
    whoIsOpen(),
  ]);
  if (!kept) return undefined;
  const { name: _, text: __, ...facts } = kept;
  const day = dayIn(facts.zone, now());
  const table = tableOn(tables, day);
  return {
    ...facts,
    cashier_id: person?.cashier_id ?? "",
    operator: person?.name ?? "",
    tax_table: table?.name ?? "",
    rates: table?.rates ?? {},
    usd: dollar(rates, day, facts.rate_age_days),
  };
}

/** @type {Promise<boolean> | undefined} */
let pulling;

/** All three are as the server has them; true when anything changed. Throws `Refused` or `Unreachable`. */
export function pull() {
  pulling ??= pullAll().finally(() => {
    pulling = undefined;
  });
  return pulling;
}

async function pullAll() {
  const changed = [
    await pullContext(),
    await pullPages("articles", keepArticles),
    await pullPages("clients", keepClients),
  ];
  return changed.includes(true);
}

/** Who sells here, at which rates and taxes, is as the server has it; true when that changed. */
export async function pullContext() {
  const { time: _, tables, rates, people, ...facts } = await ask("/caisse/contexte.json");
  const text = JSON.stringify({ tables, rates, people, facts });
  if ((await get("meta", "context"))?.text === text) return false;
  await relaxed(["meta", "groups", "rates", "users"], async (tx) => {
    await replace(tx, "groups", tables, (table) => table.name);
    await replace(tx, "rates", rates, (rate) => `${rate.currency} ${rate.day}`);
    await replacePeople(tx, people);
    await tx.objectStore("meta").put({ ...facts, name: "context", text });
  });
  return true;
}

/** @param {Writing} tx @param {string} store @param {any[]} items @param {(item: any) => string} idOf */
async function replace(tx, store, items, idOf) {
  await tx.objectStore(store).clear();
  for (const item of items) await tx.objectStore(store).put({ ...item, id: idOf(item) });
}

/**
 * Those who left can no longer open this till; the others keep what they proved here.
 * @param {Writing} tx @param {any[]} people
 */
async function replacePeople(tx, people) {
  const users = tx.objectStore("users");
  const known = new Map((await users.getAll()).map((user) => [user.id, user]));
  await users.clear();
  for (const person of people)
    await users.put({ ...known.get(person.cashier_id), ...person, id: person.cashier_id });
}

/**
 * Every page since the last one kept; each page is kept together with its cursor.
 * @param {"articles" | "clients"} kind @param {(tx: Writing, page: any, anew: boolean) => Promise<void>} keep
 */
async function pullPages(kind, keep) {
  let changed = false;
  for (let more = true; more;) {
    const kept = await get("meta", kind);
    const before = kept?.folding === FOLDING ? kept : undefined; // else its words are those of another till
    const page = await ask(`/caisse/${kind}.json?since=${before?.cursor ?? 0}`);
    more = page.more && page.cursor !== before?.cursor;
    if (before && page.cursor === before.cursor) continue;
    // A cursor behind ours is that of another store, put back or begun anew: ours says nothing any more.
    const anew = !before || Number(page.cursor) < Number(before.cursor);
    await relaxed(["meta", "products", "clients"], async (tx) => {
      await keep(tx, page, anew);
      const { cursor, shelves } = page;
      await tx.objectStore("meta").put({ name: kind, cursor, folding: FOLDING, ...(shelves && { shelves }) });
    });
    changed = true;
  }
  return changed;
}

/** @param {Writing} tx @param {any} page @param {boolean} anew */
async function keepArticles(tx, { items, gone = [] }, anew) {
  const products = tx.objectStore("products");
  if (anew) await products.clear();
  for (const code of gone) products.delete(code);
  await Promise.all(items.map((/** @type {any} */ article) => products.put(productRecord(article))));
}

/**
 * A client noted here meanwhile makes way for the server's own.
 * @param {Writing} tx @param {any} page @param {boolean} anew
 */
async function keepClients(tx, { items }, anew) {
  const clients = tx.objectStore("clients");
  for (const key of anew ? await clients.getAllKeys() : []) {
    if (!isLocal(String(key))) await clients.delete(key);
  }
  for (const item of items) {
    for (const key of item.nif ? await clients.index("nif").getAllKeys(cleanNif(item.nif)) : []) {
      if (isLocal(String(key))) await clients.delete(key);
    }
    await clients.put(clientRecord(item));
  }
}
