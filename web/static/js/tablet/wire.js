/** Requests that this tablet signs (RFC 9421), and what the answer to a sale means. */
import { base64, sha256, utf8 } from "../base/bytes.js";
import { device, deviceKeys } from "./device.js";
import { head } from "./journal.js";
import { Refused, documentOf, isType, parsed, problemIn, waitOf } from "./refusals.js";

export { Refused, Unreachable } from "./refusals.js";
/** @typedef {import("./refusals.js").Problem} Problem */
/**
 * @typedef {{method: string, authority: string, path: string, seq: number, digest: string, created: number,
 *   keyid: string}} Signed
 */
/**
 * @typedef {{sale_id: string, status: string, request_hash: string, security?: {fiscal_number?: string},
 *   normalisation?: {code_def_dgi?: string}, refusal?: {text: string}, links?: {receipt?: string}}} Answer
 *   what the server says of a sale, as far as the till reads it
 */
/**
 * @typedef {{meaning: "answered", text: string, answer: Answer, final: boolean, wait: number}
 *   | {meaning: "poison", problem: Problem, wait: number} | {meaning: "enrol", problem: Problem, wait: number}
 *   | {meaning: "held", wait: number} | {meaning: "unknown", why: string, wait: number}} Reading
 */

const PATIENCE = 15_000;
const POISON = new Set([400, 413, 422]);

/**
 * What is signed, and the parameters that say so (RFC 9421 §2.5).
 * @param {Signed} signed @returns {{base: string, input: string}}
 */
export function signatureBase({ method, authority, path, seq, digest, created, keyid }) {
  const fields = [
    ["@method", method],
    ["@authority", authority],
    ["@path", path],
    ["bono-device-seq", String(seq)],
    ...(digest ? [["content-digest", digest]] : []),
  ];
  const names = fields.map(([name]) => `"${name}"`).join(" ");
  const input = `(${names});created=${created};keyid="${keyid}";alg="ecdsa-p256-sha256"`;
  const lines = fields.map(([name, value]) => `"${name}": ${value}`);
  return { base: [...lines, `"@signature-params": ${input}`].join("\n"), input };
}

/** @param {Uint8Array<ArrayBuffer> | undefined} body */
const digestOf = async (body) => (body ? `sha-256=:${base64(await sha256(body))}:` : "");

/** Who signs. @returns {Promise<{keyid: string, key: CryptoKey}>} */
async function signer() {
  const [known, keys] = await Promise.all([device(), deviceKeys()]);
  if (!known || !keys) throw new Refused({ rule: "auth.device", title: "Cette tablette n’est pas enrôlée." });
  return { keyid: known.device_id, key: keys.pair.privateKey };
}

/** @param {CryptoKey} key @param {Signed} facts @returns {Promise<Record<string, string>>} the headers that sign */
async function signature(key, facts) {
  const { base, input } = signatureBase(facts);
  const bytes = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(base));
  return { "Signature-Input": `sig1=${input}`, Signature: `sig1=:${base64(bytes)}:` };
}

/**
 * A request signed now with the key of this tablet. Made anew for each attempt.
 * @param {string} method @param {string} path with its query, which is not signed
 * @param {{body?: Uint8Array<ArrayBuffer>, seq?: number, headers?: Record<string, string>,
 *   signal?: AbortSignal}} [more]
 * @returns {Promise<Request>}
 */
export async function signed(method, path, { body, seq, headers, signal } = {}) {
  const url = new URL(path, globalThis.location.origin);
  const { keyid, key } = await signer();
  const number = seq ?? (await head()).seq;
  const digest = await digestOf(body);
  const created = Math.floor(Date.now() / 1000);
  const where = { method, authority: url.host, path: url.pathname };
  const signing = await signature(key, { ...where, seq: number, digest, created, keyid });
  return new Request(url, {
    method,
    headers: {
      Accept: "application/json",
      ...(body && { "Content-Type": "application/json", "Content-Digest": digest }),
      ...headers,
      "Bono-Device-Seq": String(number),
      ...signing,
    },
    ...(body && { body }),
    ...(signal && { signal }),
    redirect: "manual", // a captive portal's redirect is no answer of ours
    cache: "no-store",
  });
}

/**
 * The JSON at `path`. Throws `Refused` or `Unreachable`.
 * @param {string} path @param {number} [patience] ms
 */
export const ask = (path, patience = 60_000) =>
  documentOf(signed("GET", path, { signal: AbortSignal.timeout(patience) }));

/**
 * The answer to a JSON document. Throws `Refused` or `Unreachable`.
 * @param {string} method @param {string} path @param {object} document @param {number} [patience] ms
 */
export const tell = (method, path, document, patience = PATIENCE) =>
  documentOf(
    signed(method, path, {
      body: utf8(JSON.stringify(document)),
      signal: AbortSignal.timeout(patience),
    }),
  );

/**
 * What an answer to a sale means. Only our own words decide anything: a captive portal answers 200, 302
 * and 403 too, and knows nothing.
 * @param {Response} response @param {boolean} sealed whether the server has sealed it before
 * @returns {Promise<Reading>}
 */
export async function read(response, sealed) {
  const text = await response.text();
  const wait = waitOf(response) * 1000;
  const problem = problemIn(response, text);
  if (problem) return { ...ofProblem(response.status, problem, sealed), wait };
  const answer =
    [200, 201, 202].includes(response.status) && isType(response, "application/json") && parsed(text);
  if (!answer) return { meaning: "unknown", why: `${response.status || response.type}`, wait };
  if (answer.status === "held") return { meaning: "held", wait };
  return { meaning: "answered", text, answer, final: response.status !== 202, wait };
}

/** @param {number} status @param {Problem} problem @param {boolean} sealed */
function ofProblem(status, problem, sealed) {
  if (status === 401 || status === 403) return { meaning: /** @type {const} */ ("enrol"), problem };
  if (POISON.has(status) && !sealed) return { meaning: /** @type {const} */ ("poison"), problem };
  return { meaning: /** @type {const} */ ("unknown"), why: `${status} ${problem.rule}` };
}
