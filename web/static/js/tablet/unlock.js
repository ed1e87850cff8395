/** Opening the till with a PIN: asked of the server, or of what a cashier once proved on this tablet. */
import { deviceKeys } from "./device.js";
import { state as reach } from "./link.js";
import { Refused, Unreachable } from "./refusals.js";
import { get, getAll, now, put, relaxed, strict } from "./database.js";
import { tell } from "./wire.js";

/** @typedef {{cashier_id: string, name: string, role: string}} Person */
/** @typedef {{salt: Uint8Array<ArrayBuffer>, iterations: number, tag: ArrayBuffer}} Verifier */
/** @typedef {Person & {id: string, verifier?: Verifier, tries?: number, locked_until?: number}} User */

const ITERATIONS = 100_000;
const TRIES = 5;
const LOCK = 60_000;
const PATIENCE = 8000;
const DOUBTFUL = 1500; // ms for a server that the last probe did not reach

/** The till stays closed: `say` is a key of the catalogue, `with` fills it in. */
export class NotOpened extends Error {
  /** @param {string} say @param {Record<string, string>} [filling] */
  constructor(say, filling = {}) {
    super(say);
    this.say = say;
    this.with = filling;
  }
}

/** Who may open this till. @returns {Promise<Person[]>} */
export const people = async () =>
  /** @type {User[]} */ (await getAll("users")).map(({ cashier_id, name, role }) => ({
    cashier_id,
    name,
    role,
  }));

/** For whom the till is open. @returns {Promise<(Person & {offline: boolean}) | undefined>} */
export const whoIsOpen = async () => (await get("meta", "open"))?.person;

/**
 * The till is open for that person. Throws `NotOpened`.
 * @param {string} cashierId @param {string} pin @returns {Promise<{person: Person, offline: boolean}>}
 */
export async function unlock(cashierId, pin) {
  const asked = await online(cashierId, pin);
  const person = asked ?? (await offline(cashierId, pin));
  const offlineNow = asked === undefined;
  await relaxed(["meta"], (tx) => {
    const meta = tx.objectStore("meta");
    if (asked) meta.delete("closing"); // the server has opened it for another
    return meta.put({ name: "open", person: { ...person, offline: offlineNow }, at: now() });
  });
  return { person, offline: offlineNow };
}

/** The till is closed here at once, and on the server when it hears of it. */
export async function lock() {
  await relaxed(["meta"], (tx) => {
    const meta = tx.objectStore("meta");
    meta.delete("open");
    return meta.put({ name: "closing" });
  });
  closeThere().catch(() => {});
}

/** The server knows that the till was closed: else the manager's pages would stay open there. */
export async function closeThere() {
  if (!(await get("meta", "closing"))) return;
  await tell("POST", "/caisse/fermer", {});
  await relaxed(["meta"], (tx) => tx.objectStore("meta").delete("closing"));
}

/**
 * The person the server knows by that PIN; undefined when it cannot be asked.
 * @param {string} cashierId @param {string} pin
 */
async function online(cashierId, pin) {
  try {
    const patience = reach.reached === false ? DOUBTFUL : PATIENCE;
    const { cashier_id, name, role } = await tell(
      "POST",
      "/caisse/ouvrir",
      { cashier_id: cashierId, pin },
      patience,
    );
    const person = { cashier_id, name, role };
    await remember(person, pin);
    return person;
  } catch (error) {
    if (error instanceof Unreachable) return undefined;
    if (error instanceof Refused) throw sentence(error);
    throw error;
  }
}

/** @param {Refused} refused */
function sentence({ rule, problem, wait, title }) {
  if (rule === "pin.wrong") return new NotOpened("unlock.wrong", { count: problem.left ?? "" });
  if (rule === "pin.locked" || problem.status === 429)
    return new NotOpened("unlock.locked", { seconds: String(wait || 60) });
  if (rule.startsWith("auth.")) return new NotOpened("unlock.enrol");
  return new NotOpened("unlock.refused", { title });
}

/** @param {string} pin @param {Uint8Array<ArrayBuffer>} salt @param {number} iterations */
async function stretched(pin, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, [
    "deriveBits",
  ]);
  return crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256);
}

/** The key that makes a verifier worth nothing on another machine. */
async function macKey() {
  const keys = await deviceKeys();
  if (!keys) throw new NotOpened("unlock.enrol");
  return keys.mac;
}

/**
 * What this person just proved can be proved again without the server.
 * @param {Person} person @param {string} pin
 */
async function remember(person, pin) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const tag = await crypto.subtle.sign("HMAC", await macKey(), await stretched(pin, salt, ITERATIONS));
  /** @type {User} */
  const user = { ...person, id: person.cashier_id, verifier: { salt, iterations: ITERATIONS, tag } };
  await put("users", user);
}

/** @param {string} cashierId @param {string} pin @returns {Promise<Person>} */
async function offline(cashierId, pin) {
  const { verifier, tries, person } = await countedTry(cashierId);
  const proof = await stretched(pin, verifier.salt, verifier.iterations);
  if (!(await crypto.subtle.verify("HMAC", await macKey(), verifier.tag, proof)))
    throw tries < TRIES ? new NotOpened("unlock.wrong", { count: String(TRIES - tries) }) : locked(LOCK);
  await relaxed(["users"], async (tx) => {
    const user = await tx.objectStore("users").get(cashierId);
    await tx.objectStore("users").put({ ...user, tries: 0, locked_until: 0 });
  });
  return person;
}

/** @param {number} ms */
const locked = (ms) => new NotOpened("unlock.locked", { seconds: String(Math.ceil(ms / 1000)) });

/**
 * One try more is on the disk before it is judged: switching the tablet off wins nobody a try.
 * @param {string} cashierId
 */
const countedTry = (cashierId) =>
  strict(["users"], async (tx) => {
    /** @type {User | undefined} */
    const user = await tx.objectStore("users").get(cashierId);
    if (!user?.verifier) throw new NotOpened("unlock.first", { name: user?.name ?? "" });
    const left = (user.locked_until ?? 0) - now();
    if (left > 0) throw locked(Math.min(left, LOCK));
    const tries = ((user.tries ?? 0) % TRIES) + 1;
    const locked_until = tries === TRIES ? now() + LOCK : 0;
    await tx.objectStore("users").put({ ...user, tries, locked_until });
    const { cashier_id, name, role } = user;
    return { verifier: user.verifier, tries, person: { cashier_id, name, role } };
  });
