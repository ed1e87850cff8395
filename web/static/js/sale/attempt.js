/** One attempt to bring a sale to the server, and what its answer makes of the sale. */
import { settle } from "./outbox.js";
import { amend, isSealed, storeOf } from "./rows.js";
import { now } from "../tablet/database.js";
import { announce } from "../tablet/news.js";
import { read, signed } from "../tablet/wire.js";

/** @typedef {import("./outbox.js").Row} Row */
/** @typedef {import("./sealed.js").Sealed} Sealed */
/** @typedef {import("../tablet/refusals.js").Problem} Problem */
/** @typedef {import("../tablet/wire.js").Reading} Reading */
/** @typedef {"" | "enrol" | "unreachable"} Stop  why the other sales would fare the same */

const BACKOFF = [1, 2, 4, 8, 15, 30, 60].map((seconds) => seconds * 1000);
const SLOW = 8000; // from then on the cashier reads "Vérification…"
const LOST = 24_000; // from then on the request is dropped and will be sent again
/** The furthest time of a next attempt: one further away was set by a clock that was wrong. */
export const LONGEST = 10 * 60_000;
/** The pause while the server keeps a sale, or lets this tablet say nothing. */
export const HELD = 60_000;
const POLLS = 5; // steps of the backoff that asking for the last word climbs

/**
 * The pause before the next attempt, with full jitter. There is no last attempt.
 * @param {number} attempts made so far @param {number} chance from 0 to 1
 */
export const backoff = (attempts, chance) =>
  Math.ceil((BACKOFF[Math.min(attempts, BACKOFF.length) - 1] ?? 1000) * chance);

/**
 * One attempt, whatever comes of it; a reason to stop when the others would fare the same.
 * @param {Row | Sealed} row @returns {Promise<Stop>}
 */
export async function attempt(row) {
  const sealed = isSealed(row);
  if (!sealed) announce({ type: "sale", sale_id: row.sale_id, state: "sending" });
  const { sale_id } = row;
  const tellSlow = () => announce({ type: "sale", sale_id, state: sealed ? "waiting" : "checking" });
  const slow = setTimeout(tellSlow, SLOW);
  try {
    const reading = await exchanged(row, sealed);
    return await (reading ? concluded(row, reading) : later(row, "unreachable", 0));
  } catch (error) {
    return later(row, String(error), 0).catch(() => ""); // the database itself fails: the sale stays where it is
  } finally {
    clearTimeout(slow);
  }
}

/**
 * What the server answered, or undefined when nothing came. What only this tablet has is sent, always
 * the same bytes and number: the server finds the same sale again, however often it comes. What is sealed
 * is only asked about.
 * @param {Row | Sealed} row @param {boolean} sealed @returns {Promise<Reading | undefined>}
 */
async function exchanged(row, sealed) {
  const path = `/api/v1/invoices/${row.sale_id}`;
  const more = { headers: { Prefer: "return=minimal" }, signal: AbortSignal.timeout(LOST) };
  const put = !isSealed(row) && { body: row.body, seq: row.device_seq };
  const request = await signed(put ? "PUT" : "GET", path, { ...more, ...put });
  try {
    return await read(await fetch(request), sealed);
  } catch {
    return undefined;
  }
}

/**
 * Only words of the server about this sale decide; all else leaves it unknown, and it is sent again. One bad
 * sale steps aside alone; a tablet that the server does not know stops, since every sale of it would fare
 * the same.
 * @param {Row | Sealed} row @param {Reading} reading @returns {Promise<Stop>}
 */
async function concluded(row, reading) {
  switch (reading.meaning) {
    case "answered":
      return answered(row, reading);
    case "unknown":
      return later(row, reading.why, reading.wait);
    case "held":
      return held(row);
    case "poison":
      return poisoned(row, reading.problem);
    case "enrol":
      await later(row, "enrol", Math.max(reading.wait, HELD), reading.problem);
      return "enrol";
  }
}

/**
 * An answer settles a sale only when it is about this sale and these bytes: another one would take a sale
 * out of the outbox that nobody has sealed.
 * @param {Row | Sealed} row @param {Extract<Reading, {meaning: "answered"}>} reading
 * @returns {Promise<Stop>}
 */
async function answered(row, { text, answer, final, wait }) {
  const { status } = answer;
  const ours = answer.sale_id === row.sale_id && answer.request_hash === row.content_hash;
  if (!ours || !isStatus(status)) return later(row, "mismatch", wait);
  // A sale that waits is asked about often and mostly hears the same: only what is new is written.
  const polls = isSealed(row) ? row.attempts : 0;
  if (polls === 0 || final || status !== /** @type {Sealed} */ (row).status)
    await settle(row, text, status, final);
  if (!final) {
    const next_at = nextAt(Math.min(polls + 1, POLLS), wait);
    await amend("sealed", row.sale_id, { attempts: polls + 1, next_at, last_error: "" });
  }
  const state = !final && status === "sealed" ? "waiting" : status;
  announce({ type: "sale", sale_id: row.sale_id, state });
  return "";
}

/** @param {string} status @returns {status is Sealed["status"]} */
const isStatus = (status) => ["sealed", "in_doubt", "normalised", "refused"].includes(status);

/** @param {number} attempts @param {number} wait what the server asked for, in milliseconds */
const nextAt = (attempts, wait) =>
  now() + Math.min(LONGEST, Math.max(wait, backoff(attempts, Math.random())));

/**
 * The server cannot take these bytes, today or tomorrow, and sealed nothing: sending them again is useless.
 * It moves aside with its bytes until a person corrects it, and the others go on.
 * @param {Row | Sealed} row @param {Problem} problem @returns {Promise<"">}
 */
async function poisoned({ sale_id }, problem) {
  await amend("outbox", sale_id, { state: "poison", problem });
  announce({ type: "sale", sale_id, state: "poison", problem });
  return "";
}

/**
 * The server keeps a sale of a revoked tablet for the manager; this one keeps it too, since nothing is
 * sealed yet, and asks again slowly. The tablet stops: what else it has would be held as well.
 * @param {Row | Sealed} row @returns {Promise<"enrol">}
 */
async function held(row) {
  await amend("outbox", row.sale_id, { state: "held", last_error: "held", next_at: now() + HELD });
  announce({ type: "sale", sale_id: row.sale_id, state: "held" });
  return "enrol";
}

/**
 * Nobody knows whether the server has it: the same bytes, later. To give it up might lose a sale, to make it
 * anew might double it. With no server there is no use in trying the others now.
 * @param {Row | Sealed} row @param {string} why @param {number} wait @param {Problem} [problem]
 * @returns {Promise<"" | "unreachable">}
 */
async function later(row, why, wait, problem) {
  const attempts = row.attempts + 1;
  const waiting = isSealed(row);
  const part = { attempts, next_at: nextAt(attempts, wait), last_error: why };
  await amend(storeOf(row), row.sale_id, part);
  const state = waiting ? "waiting" : why === "enrol" ? "locked" : "checking";
  announce({ type: "sale", sale_id: row.sale_id, state, ...(problem && { problem }) });
  return why === "unreachable" ? why : "";
}
