/** What stands between the tablet's memory and a browser that wants to empty it. */
import { get, now, put } from "./store.js";

/**
 * @typedef {{persisted: boolean, usage: number, quota: number, private: boolean,
 *   canary: "new" | "kept" | "lost"}} Defence
 */

const TINY = 200 * 2 ** 20; // bytes: what a private window is given

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
  if (await get("meta", "canary")) return "kept";
  const sold = await get("meta", "journal");
  await put("meta", { name: "canary", at: now() });
  return sold ? "lost" : "new";
}
