/**
 * One sale on its way to the signer: the same bytes under the same id, again and again,
 * until the server has answered for good. A lost answer is never a new sale.
 */

/**
 * @typedef {"sending" | "checking" | "sealed" | "waiting" | "normalised" | "refused" | "rejected" | "locked"
 *   } State
 */
/** @typedef {{sale_id: string, body: string, state: State}} Frozen */
/** @typedef {{status: string, refusal?: {text: string}}} Answer */
/** @typedef {{title: string, rule: string, path?: string}} Problem */
/** @typedef {{state: State, answer?: Answer, problem?: Problem}} Outcome */
/**
 * @typedef {{fetch: typeof fetch, wait: (ms: number) => Promise<void>, csrf: string,
 *   tell: (outcome: Outcome) => void, patience?: number}} Road
 */

const BACKOFF = [1, 2, 4, 8, 15, 30, 60].map((seconds) => seconds * 1000);
const PATIENCE = 8000; // after this the cashier reads "Vérification…"
const GIVE_UP = 3; // times that patience, and the request is dropped and sent again
const POISON = new Set([400, 413, 422]);
const LOCKED = new Set([401, 403]);

/**
 * The final outcome of a sale, told step by step on the way. Never throws for the network.
 * @param {Frozen} sale @param {Road} road @returns {Promise<Outcome>}
 */
export async function send(sale, road) {
  let sealed = sale.state === "waiting";
  if (!sealed) road.tell({ state: "sending" });
  for (let failures = 0; ;) {
    const { outcome, pause } = await attempt(sale, sealed, road);
    road.tell(outcome);
    if (isFinal(outcome.state)) return outcome;
    failures = outcome.state === "checking" ? failures + 1 : 0;
    sealed ||= outcome.state === "waiting";
    await road.wait(pause ?? jittered(BACKOFF[Math.min(failures, BACKOFF.length) - 1] ?? 1000));
  }
}

/** @param {State} state */
export const isFinal = (state) => !["sending", "checking", "waiting"].includes(state);

/** @param {number} ms */
const jittered = (ms) => ms / 2 + Math.random() * (ms / 2);

/**
 * @param {Frozen} sale @param {boolean} sealed @param {Road} road
 * @returns {Promise<{outcome: Outcome, pause?: number}>}
 */
async function attempt(sale, sealed, road) {
  const patience = road.patience ?? PATIENCE;
  const abort = new AbortController();
  const slow = setTimeout(() => road.tell({ state: sealed ? "waiting" : "checking" }), patience);
  const lost = setTimeout(() => abort.abort(), patience * GIVE_UP);
  try {
    const response = await road.fetch(
      `/api/v1/invoices/${sale.sale_id}`,
      request(sale, sealed, road.csrf, abort.signal),
    );
    return await read(response, sealed);
  } catch {
    return { outcome: { state: sealed ? "waiting" : "checking" } };
  } finally {
    clearTimeout(slow);
    clearTimeout(lost);
  }
}

/**
 * @param {Frozen} sale @param {boolean} sealed @param {string} csrf @param {AbortSignal} signal
 * @returns {RequestInit}
 */
function request(sale, sealed, csrf, signal) {
  const headers = { Accept: "application/json", Prefer: "return=minimal" };
  if (sealed) return { headers, signal };
  return {
    method: "PUT",
    headers: { ...headers, "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: sale.body,
    signal,
  };
}

/**
 * What a response means. Only a problem document with a rule can stop a sale: a captive portal
 * answers 403 too, and knows nothing.
 * @param {Response} response @param {boolean} sealed @returns {Promise<{outcome: Outcome, pause?: number}>}
 */
async function read(response, sealed) {
  const unknown = { outcome: /** @type {Outcome} */ ({ state: sealed ? "waiting" : "checking" }) };
  const after = Number(response.headers.get("Retry-After")) * 1000;
  const pause = after > 0 ? { pause: after } : {};
  const type = response.headers.get("Content-Type") ?? "";
  if (type.startsWith("application/problem+json")) {
    const problem = await response.json();
    const state = problem.rule && stateOfProblem(response.status, sealed);
    return state ? { outcome: { state, problem } } : { ...unknown, ...pause };
  }
  if (!response.ok || !type.startsWith("application/json")) return { ...unknown, ...pause };
  const answer = await response.json();
  return { outcome: { state: stateOfAnswer(response.status, answer), answer }, ...pause };
}

/** @param {number} status @param {boolean} sealed @returns {State | undefined} */
function stateOfProblem(status, sealed) {
  if (LOCKED.has(status)) return "locked";
  return POISON.has(status) && !sealed ? "rejected" : undefined;
}

/** @param {number} status @param {Answer} answer @returns {State} */
function stateOfAnswer(status, answer) {
  if (answer.status === "normalised" || answer.status === "refused") return answer.status;
  return status === 202 ? "waiting" : "sealed"; // no control module: the seal is the last word
}
