/** The pulse of the tablet: what it has that the server has not, and what the server says of the shop. */
import { wireTime } from "../base/times.js";
import { now } from "../tablet/database.js";
import { device } from "../tablet/device.js";
import { forgetUpTo, head } from "../tablet/journal.js";
import { rows } from "./outbox.js";
import { highest } from "./sealed.js";
import { state as reach } from "../tablet/link.js";
import { Refused, tell } from "../tablet/wire.js";

/** @typedef {import("./tablet-lamp.js").Light & {name: "fiscal" | "dgi" | "imprimante"}} Lamp */
/**
 * @typedef {{time: string, lamps: Lamp[], waiting: string, oldest_waiting?: string,
 *   lost: {terminal_id: string, count: string, since: string, why: string}[]}} ShopState
 */

/**
 * The state of the shop, told in return for ours. Throws `Refused` or `Unreachable`.
 * @param {string} build of the page
 * @returns {Promise<ShopState>}
 */
export async function heartbeat(build) {
  const known = await device();
  if (!known) throw new Refused({ rule: "auth.device", title: "Cette tablette n’est pas enrôlée." });
  const [beat, seen] = await Promise.all([pulse(build), unsaid()]);
  const shop = await tell("PUT", `/api/v1/devices/${known.device_id}/heartbeat`, { ...beat, ...(seen && { seen }) });
  if (seen) told = { number: seen.number, at: now() };
  await forgetUpTo(Number(beat.last_seq));
  return shop;
}

/** The highest number that the server heard of from here, and when. */
let told = { number: "", at: 0 };
/** A server that was put back from a copy hears of it within that time; each beat would cost too many bytes. */
const AGAIN = 10 * 60 * 1000;

/** What this tablet has seen of the server's ledger, unless it was said a short while ago. */
async function unsaid() {
  const last = await highest();
  if (!last?.fiscal_code) return undefined;
  if (last.fiscal_code === told.number && now() - told.at < AGAIN) return undefined;
  const { security } = /** @type {{security?: {entry_hash?: string}}} */ (JSON.parse(last.answer));
  return security?.entry_hash && { number: last.fiscal_code, hash: security.entry_hash };
}

/** @param {string} build */
async function pulse(build) {
  const [{ seq, hash }, outbox, persisted, { usage = 0, quota = 0 }] = await Promise.all([
    head(),
    rows(),
    navigator.storage.persisted(),
    navigator.storage.estimate(),
  ]);
  const oldest = Math.min(...outbox.map((row) => row.created_at));
  return {
    last_seq: String(seq),
    head: hash,
    outbox: String(outbox.length),
    ...(outbox.length && { oldest: wireTime(oldest) }),
    build,
    persisted,
    usage: String(usage),
    quota: String(quota),
    clock_offset: String(Math.round(reach.offset / 1000)),
  };
}
