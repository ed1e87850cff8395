/** The journal of the tablet: a chain of hashes with consecutive numbers, appended to and never changed. */
import { canonicalHash } from "../base/canonical.js";
import { clockRecord, get, now, relaxed, strict, withDb } from "./database.js";

/** @typedef {import("./database.js").Store} Store */
/** @typedef {import("./database.js").Writing} Writing */
/** @typedef {{seq: number, hash: string}} Head */
/**
 * @typedef {"opened" | "parked" | "recalled" | "abandoned" | "committed" | "acked" | "corrected" | "rung"} EntryType
 */
/** @typedef {{sale_id?: string, hash?: string, reason?: string}} Facts */
/**
 * @typedef {{seq: number, prev_hash: string, type: string, t: string, hash: string, sale_id?: string,
 *   content_hash?: string, reason?: string}} Entry
 */

const START = "0".repeat(64);
const MOVED = Symbol("moved");
const KEPT = 30 * 24 * 3600 * 1000;

/** The last number and hash; 0 and zeros before the first entry. @returns {Promise<Head>} */
export async function head() {
  const { seq, hash } = headOf(await get("meta", "journal"));
  return { seq, hash };
}

/** @param {Head | undefined} kept @returns {Head} */
const headOf = (kept) => kept ?? { seq: 0, hash: START };

/** The hash of an entry: of all it says but its hash. @param {Omit<Entry, "hash">} entry */
export const entryHash = ({ seq, prev_hash, type, t, sale_id, content_hash, reason }) =>
  canonicalHash({
    v: "journal/1",
    seq: String(seq),
    prev_hash,
    type,
    t,
    ...(sale_id && { sale_id }),
    ...(content_hash && { content_hash }),
    ...(reason && { reason }),
  });

/** @param {Head} before @param {EntryType} type @param {Facts} facts @returns {Promise<Entry>} */
async function entryAfter(before, type, { sale_id, hash, reason }) {
  const entry = {
    seq: before.seq + 1,
    prev_hash: before.hash,
    type,
    t: new Date(now()).toISOString(),
    ...(sale_id && { sale_id }),
    ...(hash && { content_hash: hash }),
    ...(reason && { reason }),
  };
  return { ...entry, hash: await entryHash(entry) };
}

/**
 * One strict transaction: what `work` does, and its entry in the journal. `work` is given the number
 * of the entry; it may await nothing but the database, and is done again if the head has moved.
 * @template T @param {Store[]} stores @param {EntryType} type @param {Facts} facts
 * @param {(tx: Writing, seq: number) => Promise<T>} work @returns {Promise<T>}
 */
export async function journalled(stores, type, facts, work) {
  const all = /** @type {Store[]} */ ([...new Set([...stores, "journal", "meta"])]);
  const written = async () => {
    for (;;) {
      const before = await head();
      const entry = await entryAfter(before, type, facts); // a hash awaits: a transaction would end under it
      const result = await strict(all, async (tx) => {
        const meta = tx.objectStore("meta");
        if (headOf(await meta.get("journal")).hash !== before.hash) return MOVED;
        const done = await work(tx, entry.seq);
        await tx.objectStore("journal").add(entry);
        await meta.put({ name: "journal", seq: entry.seq, hash: entry.hash });
        await meta.put(clockRecord());
        return done;
      });
      if (result !== MOVED) return /** @type {T} */ (result);
    }
  };
  return /** @type {Promise<T>} */ (navigator.locks.request("journal", written));
}

/**
 * Entries a month old are gone up to the number whose hash the server has; the chain begins after them.
 * @param {number} seq
 */
export const forgetUpTo = (seq) =>
  relaxed(["journal", "meta"], async (tx) => {
    const limit = new Date(now() - KEPT).toISOString();
    let cursor = await tx.objectStore("journal").openCursor(IDBKeyRange.upperBound(seq));
    let last;
    for (; cursor && cursor.value.t < limit; cursor = await cursor.continue()) {
      last = cursor.value;
      await cursor.delete();
    }
    if (last) await tx.objectStore("meta").put({ name: "anchor", seq: last.seq, hash: last.hash });
  });

/** The whole chain holds up to the head; else throws, naming the first number that does not. */
export async function verifyJournal() {
  let before = headOf(await get("meta", "anchor"));
  for (const entry of await withDb((db) => db.getAll("journal"))) {
    const follows = entry.seq === before.seq + 1 && entry.prev_hash === before.hash;
    if (!follows || entry.hash !== (await entryHash(entry)))
      throw new Error(`journal broken at ${entry.seq}`);
    before = { seq: entry.seq, hash: entry.hash };
  }
  const last = await head();
  if (last.hash !== before.hash) throw new Error(`journal ends at ${before.seq}, not at ${last.seq}`);
}
