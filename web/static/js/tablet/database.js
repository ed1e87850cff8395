/** The database of the tablet, and its clock. Works in the page and in the worker. */
import { openDB } from "../../vendor/idb.js";
import { announce } from "./news.js";

/** @typedef {import("../../vendor/idb.js").IDBPDatabase} Database */
/** @typedef {import("../../vendor/idb.js").IDBPTransaction<unknown, string[], "readwrite">} Writing */
/**
 * @typedef {"meta" | "keys" | "products" | "clients" | "rates" | "groups" | "users" | "carts" | "outbox"
 *   | "sealed" | "journal"} Store
 */

const VERSION = 1;
/**
 * Key and indexes of each store; a `*` marks an index over the members of a list.
 * @type {Record<Store, [string, ...string[]]>}
 */
const STORES = {
  meta: ["name"],
  keys: ["name"],
  products: ["code", "barcode*", "name_tokens*", "shelf*"],
  clients: ["id", "nif", "name_tokens*"],
  rates: ["id"],
  groups: ["id"],
  users: ["id"],
  carts: ["sale_id", "state"],
  outbox: ["sale_id", "state", "next_at", "device_seq"],
  sealed: ["sale_id", "fiscal_code", "day", "waiting"],
  journal: ["seq"],
};
/** A step of the clock back by more than this is a correction by the server, not a jitter. */
const JITTER = 120_000;

/** @type {Promise<Database> | undefined} */
let opened;
const clock = { offset: 0, latest: 0 };

/** Migrations only add. @param {Database} db */
function upgrade(db) {
  for (const [name, [keyPath, ...indexes]] of Object.entries(STORES)) {
    if (db.objectStoreNames.contains(name)) continue;
    const store = db.createObjectStore(name, { keyPath });
    for (const index of indexes) {
      const path = index.replace("*", "");
      store.createIndex(path, path, { multiEntry: path !== index });
    }
  }
}

/** @returns {Promise<Database>} */
async function open() {
  const forget = () => {
    opened = undefined;
  };
  const db = await openDB("till", VERSION, {
    upgrade,
    blocked: () => announce({ type: "storage", say: "storage.blocked" }),
    blocking: (_, __, event) => {
      /** @type {IDBDatabase} */ (event.target).close(); // a newer page needs the database: never stand in its way
      forget();
    },
    terminated: forget,
  });
  const kept = await db.get("meta", "clock");
  if (kept && !clock.latest) Object.assign(clock, { offset: kept.offset, latest: kept.latest });
  return db;
}

/** @returns {Promise<Database>} */
function database() {
  opened ??= open().catch((error) => {
    opened = undefined;
    if (error.name === "VersionError") announce({ type: "storage", say: "storage.newer" });
    throw error;
  });
  return opened;
}

/** Browsers drop the connection of a page in the background. @param {any} error */
const isLost = (error) =>
  error?.name === "InvalidStateError" || /connection.*(lost|clos)|is closing/i.test(error?.message ?? "");

/**
 * What `work` makes of the database; done again once when the connection was lost under it.
 * @template T @param {(db: Database) => Promise<T>} work @returns {Promise<T>}
 */
export async function withDb(work) {
  try {
    return await work(await database());
  } catch (error) {
    if (!isLost(error)) throw error;
    opened = undefined;
    return work(await database());
  }
}

/** @param {Store} store @param {IDBValidKey} key @returns {Promise<any>} the record, or undefined */
export const get = (store, key) => withDb((db) => db.get(store, key));

/** @param {Store} store @returns {Promise<any[]>} */
export const getAll = (store) => withDb((db) => db.getAll(store));

/** @param {Store} store @param {object} value its key is a member of it */
export const put = (store, value) => withDb((db) => db.put(store, value));

/**
 * @template T @param {Store[]} stores @param {IDBTransactionOptions} options
 * @param {(tx: Writing) => Promise<T>} work @returns {Promise<T>}
 */
const transact = (stores, options, work) =>
  withDb(async (db) => {
    const tx = /** @type {Writing} */ (db.transaction(stores, "readwrite", options));
    try {
      const result = await work(tx);
      await tx.done;
      return result;
    } catch (error) {
      tx.done.catch(() => {}); // the reason is thrown below
      try {
        tx.abort();
      } catch {
        // It is over already.
      }
      throw error;
    }
  });

/**
 * All or nothing, and on the disk when this resolves. `work` may await nothing but the database.
 * @template T @param {Store[]} stores @param {(tx: Writing) => Promise<T>} work @returns {Promise<T>}
 */
export const strict = (stores, work) => transact(stores, { durability: "strict" }, work);

/**
 * All or nothing; a power cut in the next seconds may undo it.
 * @template T @param {Store[]} stores @param {(tx: Writing) => Promise<T>} work @returns {Promise<T>}
 */
export const relaxed = (stores, work) => transact(stores, { durability: "relaxed" }, work);

/**
 * Milliseconds of the server's clock as far as this tablet knows it; never behind the latest it said.
 * Right once the database has been opened.
 */
export function now() {
  clock.latest = Math.max(clock.latest, Date.now() + clock.offset);
  return clock.latest;
}

/** What a transaction that journals keeps of the clock. */
export const clockRecord = () => ({ name: "clock", offset: clock.offset, latest: now() });

/**
 * The server's clock is that many milliseconds ahead of ours. Its word also undoes a tablet's wrong year.
 * @param {number} offset
 */
export async function correctClock(offset) {
  await withDb(async () => {}); // the kept clock first, so that it does not overwrite this
  const time = Date.now() + offset;
  const latest = clock.latest - time > JITTER ? time : Math.max(clock.latest, time);
  Object.assign(clock, { offset, latest });
  await put("meta", { name: "clock", offset, latest });
}
