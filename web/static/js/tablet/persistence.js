/** What stands between the tablet's memory and a browser that wants to empty it. */
import { get, now, put } from "./database.js";

/**
 * @typedef {{persisted: boolean, usage: number, quota: number, private: boolean,
 *   canary: "new" | "kept" | "lost"}} Defence
 */

const TINY = 200 * 2 ** 20; // bytes: what a private window is given
const TOLD = 24 * 3600 * 1000; // how long a loss is said: whoever opens the till that day reads it

/**
 * The browser was asked to keep what we store. `private` is a window whose memory dies with it; a lost
 * canary means that something emptied the store under an enrolled tablet.
 * @returns {Promise<Defence>}
 */
export async function defend() {
  const persisted = (await navigator.storage.persisted()) || (await navigator.storage.persist());
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return { persisted, usage, quota, private: !persisted && quota < TINY, canary: await canary() };
}

/** @returns {Promise<Defence["canary"]>} */
async function canary() {
  const [kept, sold] = await Promise.all([get("meta", "canary"), get("meta", "journal")]);
  if (kept) return kept.lost && now() - kept.at < TOLD ? "lost" : "kept";
  await put("meta", { name: "canary", at: now(), ...(sold && { lost: true }) });
  return sold ? "lost" : "new";
}
