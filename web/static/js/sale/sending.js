/** The way of the sales to the server: the same bytes again and again, until it has answered for good. */
import { HELD, LONGEST, attempt } from "./attempt.js";
import { rows, wakeRows } from "./outbox.js";
import { prune, waitingRows } from "./sealed.js";
import { now } from "../tablet/database.js";
import { listen } from "../tablet/news.js";

/** @typedef {import("./attempt.js").Stop} Stop */
/** @typedef {import("./outbox.js").Row} Row */
/** @typedef {import("./sealed.js").Sealed} Sealed */
/** @typedef {{left: number, wake: number | null, stopped: Stop}} Flushed */
/**
 * @typedef {{stopped: Stop, tried: Set<string>, moving: Map<string, Promise<void>>, due: (Row | Sealed)[]}} Pass
 *   the ids of what was tried, what is on its way, and what is still to be tried
 */

const SOONEST = 1000; // between two passes, whatever goes wrong
const ABREAST = 4;

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
const alone = async () => navigator.locks.request("outbox", tryAll);

/** @returns {Promise<Flushed>} */
async function tryAll() {
  /** @type {Pass} */
  const pass = { stopped: "", tried: new Set(), moving: new Map(), due: [] };
  const ear = attentive();
  try {
    for (;;) {
      const heard = ear.heard(); // always: news that nobody takes would make `next` resolve for ever
      if (pass.stopped) pass.due = []; // the others would fare the same: what moves ends, nothing begins
      else if (heard || !pass.due.length) pass.due = await untried(pass);
      for (const row of pass.due.splice(0, ABREAST - pass.moving.size)) move(pass, row);
      if (!pass.moving.size) break;
      await Promise.race([...pass.moving.values(), ear.next()]); // a new sale does not wait for a slow one
    }
  } finally {
    ear.close();
  }
  return summary(pass.stopped);
}

/** @param {Pass} pass */
const untried = async ({ tried }) => (await dueNow()).filter(({ sale_id }) => !tried.has(sale_id));

/** @param {Pass} pass @param {Row | Sealed} row */
function move(pass, row) {
  const { sale_id } = row;
  pass.tried.add(sale_id);
  const sent = attempt(row).then((why) => {
    pass.stopped ||= why;
    pass.moving.delete(sale_id);
  });
  pass.moving.set(sale_id, sent);
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

/**
 * Whether its time has come. A time too far away was set by a clock that was wrong: waiting for it would
 * keep the sale here for days.
 * @param {Row | Sealed} row
 */
const isDue = ({ next_at }) => next_at <= now() || next_at > now() + LONGEST;

/**
 * What to send or to ask about now: sales first, then those that wait for their last word. A poisoned one
 * would be refused again: it waits for a person. One that depends on others waits until these are sealed,
 * since the server would not know them.
 * @returns {Promise<(Row | Sealed)[]>}
 */
async function dueNow() {
  const [unsealed, waiting] = await Promise.all([rows(), waitingRows()]);
  const here = new Set(unsealed.map(({ sale_id }) => sale_id));
  const free = unsealed.filter((row) => row.state !== "poison" && !row.depends_on.some((id) => here.has(id)));
  return [...free, ...waiting].filter(isDue);
}

/**
 * What is left, and when to flush again. After a stop, those that were not tried do not count: their time
 * is now, and a flush at once would stop again.
 * @param {Stop} stopped @returns {Promise<Flushed>}
 */
async function summary(stopped) {
  const [unsealed, waiting] = await Promise.all([rows(), waitingRows()]);
  const alive = unsealed.filter((row) => row.state !== "poison");
  const times = [...alive, ...waiting].map(({ next_at }) => next_at).filter((at) => !stopped || at > 0);
  const wake = times.length ? Math.max(0, Math.min(...times) - now()) : null;
  return { left: unsealed.length, wake, stopped };
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Flushes, and again when the time of a sale has come. */
async function go() {
  clearTimeout(timer);
  const { left, wake } = await flush().catch(() => ({ left: 1, wake: HELD }));
  clearTimeout(timer);
  if (wake !== null) timer = setTimeout(go, Math.max(wake, SOONEST));
  if (left) askWorker();
}

/** @param {boolean} everything also what has met a server and waits for its time */
async function woken(everything) {
  await wakeRows(everything);
  await go();
}

/**
 * The page flushes from now on: at once, when it is looked at, when a network or the server comes back,
 * when a sale is made, and when its time has come. The worker is asked to do it after the page has gone.
 */
export function sending() {
  listen((news) => {
    if (news.type === "sales-changed") go();
    if (news.type === "reached" && news.reached) woken(false);
    if (news.type === "enrolled") woken(true); // what was refused to the tablet of before is not refused to this one
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
