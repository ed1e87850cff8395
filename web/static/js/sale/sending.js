/** The way of the sales to the server: the same bytes again and again, until it has answered for good. */
import { announce, listen } from "../tablet/news.js";
import { rows, settle, wakeRows } from "./outbox.js";
import { amend, isSealed, storeOf } from "./rows.js";
import { prune, waitingRows } from "./sealed.js";
import { now } from "../tablet/database.js";
import { read, signed } from "../tablet/wire.js";

/** @typedef {import("./outbox.js").Row} Row */
/** @typedef {import("./sealed.js").Sealed} Sealed */
/** @typedef {import("../tablet/refusals.js").Problem} Problem */
/** @typedef {import("../tablet/wire.js").Reading} Reading */
/** @typedef {{left: number, wake: number | null, stopped: "" | "enrol" | "unreachable"}} Flushed */

const BACKOFF = [1, 2, 4, 8, 15, 30, 60].map((seconds) => seconds * 1000);
const SLOW = 8000; // from then on the cashier reads "Vérification…"
const SOONEST = 1000; // between two passes, whatever goes wrong
const LOST = 24_000; // from then on the request is dropped and will be sent again
const ABREAST = 4;
const LONGEST = 10 * 60_000; // a time further away than this is a clock that was wrong
const HELD = 60_000;
const POLLS = 5; // steps of the backoff that asking for the last word climbs

/** @type {Promise<Flushed> | undefined} */
let running;
let nudge = () => {};

/**
 * Every sale that is due was tried once. One flush at a time on this tablet, page and worker together.
 * `left` counts the sales only this tablet has; `wake` is when to flush again, in milliseconds.
 * @returns {Promise<Flushed>}
 */
export function flush() {
  nudge();
  running ??= alone().finally(() => {
    running = undefined;
  });
  return running;
}

/** @returns {Promise<Flushed>} */
const alone = async () => navigator.locks.request("outbox", pass);

/**
 * The pause before the next attempt, with full jitter. There is no last attempt.
 * @param {number} attempts made so far @param {number} chance from 0 to 1
 */
export const backoff = (attempts, chance) =>
  Math.ceil((BACKOFF[Math.min(attempts, BACKOFF.length) - 1] ?? 1000) * chance);

/** @returns {Promise<Flushed>} */
async function pass() {
  /** @type {Flushed["stopped"]} */
  let stopped = "";
  const tried = new Set();
  /** @type {Map<string, Promise<void>>} */
  const moving = new Map();
  const ear = attentive();
  /** @type {(Row | Sealed)[]} */
  let due = [];
  try {
    for (;;) {
      const heard = ear.heard(); // always: news that nobody takes would make `next` resolve for ever
      if (stopped) due = [];
      else if (heard || !due.length)
        due = (await dueNow()).filter(({ sale_id }) => !tried.has(sale_id));
      for (const row of due.splice(0, ABREAST - moving.size)) {
        tried.add(row.sale_id);
        const sent = attempt(row).then((why) => {
          stopped ||= why;
          moving.delete(row.sale_id);
        });
        moving.set(row.sale_id, sent);
      }
      if (!moving.size) break;
      await Promise.race([...moving.values(), ear.next()]); // a new sale does not wait for a slow one
    }
  } finally {
    ear.close();
  }
  return summary(stopped);
}

/** Hears that a sale was made, here, in another tab, or that a flush was asked for meanwhile. */
function attentive() {
  let news = false;
  let wake = () => {};
  nudge = () => {
    news = true;
    wake();
  };
  const close = listen(({ type }) => type === "sales-changed" && nudge());
  const heard = () => {
    const was = news;
    news = false;
    return was;
  };
  const next = () =>
    new Promise((resolve) => {
      wake = () => resolve(undefined);
      if (news) wake();
    });
  return { close, heard, next };
}

/** @param {Row | Sealed} row */
const isDue = ({ next_at }) => next_at <= now() || next_at > now() + LONGEST;

/**
 * What to send or to ask about now: sales first, then those that wait for their last word.
 * @returns {Promise<(Row | Sealed)[]>}
 */
async function dueNow() {
  const [unsealed, waiting] = await Promise.all([rows(), waitingRows()]);
  const here = new Set(unsealed.map(({ sale_id }) => sale_id));
  const free = unsealed.filter((row) => row.state !== "poison" && !row.depends_on.some((id) => here.has(id)));
  return [...free, ...waiting].filter(isDue);
}

/** @param {Flushed["stopped"]} stopped @returns {Promise<Flushed>} */
async function summary(stopped) {
  const [unsealed, waiting] = await Promise.all([rows(), waitingRows()]);
  const alive = unsealed.filter((row) => row.state !== "poison");
  const times = [...alive, ...waiting].map(({ next_at }) => next_at).filter((at) => !stopped || at > 0);
  const wake = times.length ? Math.max(0, Math.min(...times) - now()) : null;
  return { left: unsealed.length, wake, stopped };
}

/**
 * One attempt, whatever comes of it; a reason to stop when the others would fare the same.
 * @param {Row | Sealed} row @returns {Promise<Flushed["stopped"]>}
 */
async function attempt(row) {
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
 * What the server answered, or undefined when nothing came.
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

/** @param {Row | Sealed} row @param {Reading} reading @returns {Promise<Flushed["stopped"]>} */
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
 * An answer settles a sale only when it is about this sale and these bytes.
 * @param {Row | Sealed} row @param {Extract<Reading, {meaning: "answered"}>} reading
 * @returns {Promise<Flushed["stopped"]>}
 */
async function answered(row, { text, answer, final, wait }) {
  const { status } = answer;
  const ours = answer.sale_id === row.sale_id && answer.request_hash === row.content_hash;
  if (!ours || !isStatus(status)) return later(row, "mismatch", wait);
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
 * It moves aside with its bytes until a person corrects it.
 * @param {Row | Sealed} row @param {Problem} problem @returns {Promise<"">}
 */
async function poisoned({ sale_id }, problem) {
  await amend("outbox", sale_id, { state: "poison", problem });
  announce({ type: "sale", sale_id, state: "poison", problem });
  return "";
}

/**
 * The server keeps a sale of a revoked tablet for the manager; this one keeps it too.
 * @param {Row | Sealed} row @returns {Promise<"enrol">}
 */
async function held(row) {
  await amend("outbox", row.sale_id, { state: "held", last_error: "held", next_at: now() + HELD });
  announce({ type: "sale", sale_id: row.sale_id, state: "held" });
  return "enrol";
}

/**
 * Nobody knows: the same bytes, later.
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

/**
 * The page flushes from now on: at once, when it is looked at, when a network or the server comes back,
 * when a sale is made, and when its time has come. The worker is asked to do it after the page has gone.
 */
export function sending() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const go = async () => {
    clearTimeout(timer);
    const { left, wake } = await flush().catch(() => ({ left: 1, wake: HELD }));
    clearTimeout(timer);
    if (wake !== null) timer = setTimeout(go, Math.max(wake, SOONEST));
    if (left) askWorker();
  };
  const woken = async (/** @type {boolean} */ all) => {
    await wakeRows(all);
    await go();
  };
  listen((news) => {
    if (news.type === "sales-changed") go();
    if (news.type === "reached" && news.reached) woken(false);
    if (news.type === "enrolled") woken(true);
  });
  addEventListener("online", () => woken(false));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && woken(false));
  prune().catch(() => {});
  woken(true);
}

/** Background sync exists in some browsers only: it is an extra. */
function askWorker() {
  const ready = /** @type {Promise<any> | undefined} */ (navigator.serviceWorker?.ready);
  ready?.then((registration) => registration.sync?.register("outbox")).catch(() => {});
}
