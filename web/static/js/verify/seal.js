/**
 * Verifying the seal of an invoice with nothing but its text and the published keys: the second
 * verifier of the same format (RFC 7515, RFC 8785 restricted to non-empty strings).
 * @typedef {Record<string, string>} Statement
 * @typedef {{ kid: string, statement: Statement, signature: Uint8Array<ArrayBuffer>, signed: Uint8Array<ArrayBuffer> }} Seal
 * @typedef {{ kid: string, authority: string, nbf: string, exp: string, outlets: "*" | string[], kty: string, crv: string, x: string, y: string }} PublicKey
 */

import { canonical } from "../base/canonical.js";
import { codeOf } from "../base/crockford.js";

const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const SIGNATURE_BYTES = 64;
const LONGEST = 1000; // characters; a seal of an invoice has some 700

/** What each member of the statement of an invoice looks like; it has these and no others. */
const STATEMENT = Object.entries({
  authority: /^[a-z0-9-]{1,8}$/,
  currency: /^CDF$/,
  fiscal_number: /^[A-Z0-9]{3,5}-[1-9][0-9]?-[0-9]{8}$/,
  invoice_type: /^(FV|FT|FA|EV|ET|EA)$/,
  merchant_nif: /^.{1,16}$/s,
  outlet_id: /^[A-Z0-9]{3,5}$/,
  payload: /^[0-9a-f]{64}$/,
  previous: /^[0-9a-f]{64}$/,
  reference: /^[A-Z0-9]{3,5}-[1-9][0-9]?\/[0-9]{4}\/[0-9]{6}$/,
  timestamp: /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/,
  total: /^(0|[1-9][0-9]{0,12})\.[0-9]{2}$/,
  v: /^seal\/1$/,
});

/** The seal is not to be believed; `reason` says which check said so. */
export class SealRefused extends Error {
  /** @param {"form" | "statement" | "key" | "rights" | "signature"} reason @param {string} message */
  constructor(reason, message) {
    super(message);
    this.reason = reason;
  }
}

/** @param {Uint8Array} bytes */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** The bytes of a base64url text in its one canonical spelling. @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export function unbase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new SealRefused("form", "not base64url");
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (base64url(bytes) !== text) throw new SealRefused("form", "not the canonical spelling in base64url");
  return bytes;
}

/** The object that these canonical bytes say; any other spelling of it is refused. @param {Uint8Array} bytes @returns {Record<string, unknown>} */
function parseCanonical(bytes) {
  let text, document, spelt;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    document = JSON.parse(text);
    spelt = canonical(document);
  } catch {
    throw new SealRefused("form", "not canonical JSON in UTF-8");
  }
  // A member that stands twice, a blank, another order or spelling: all come back as another text.
  if (spelt !== text || !text.startsWith("{")) throw new SealRefused("form", "not canonical");
  return document;
}

/**
 * The parts of a compact JWS, decoded but not yet believed. Throws `SealRefused`.
 * @param {string} text @returns {Seal}
 */
export function parseSeal(text) {
  if (text.length > LONGEST) throw new SealRefused("form", "too long");
  const parts = text.split(".");
  if (parts.length !== 3) throw new SealRefused("form", "a compact JWS has three parts"); // RFC 7515, 7.1
  const [header, payload, signature] = parts.map(unbase64url);
  if (!header || !payload || signature?.length !== SIGNATURE_BYTES) throw new SealRefused("form", "not 64 bytes");
  const { alg, kid, ...others } = parseCanonical(header);
  if (alg !== "ES256" || typeof kid !== "string" || Object.keys(others).length) {
    throw new SealRefused("form", "the protected header is not {alg: ES256, kid}");
  }
  const statement = checkStatement(parseCanonical(payload));
  return { kid, statement, signature, signed: new TextEncoder().encode(text.slice(0, text.lastIndexOf("."))) };
}

/** It states an invoice, with every member as it must be. @param {Record<string, unknown>} statement @returns {Statement} */
function checkStatement(statement) {
  const { outlet_id: outlet, fiscal_number: number } = statement;
  const fits = STATEMENT.every(([name, form]) => typeof statement[name] === "string" && form.test(statement[name]));
  // A key that may seal for one outlet must not number another's invoices.
  if (!fits || Object.keys(statement).length !== STATEMENT.length || !String(number).startsWith(`${outlet}-`)) {
    throw new SealRefused("statement", "not the statement of an invoice");
  }
  return /** @type {Statement} */ (statement);
}

/** The key of that name, if it may seal this statement. @param {Seal} seal @param {readonly PublicKey[]} keys */
function keyOf({ kid, statement }, keys) {
  const key = keys.find((one) => one.kid === kid);
  if (!key) throw new SealRefused("key", `unknown key ${kid}`);
  const { authority, outlet_id: outlet = "", timestamp: when = "" } = statement;
  const inTime = key.nbf <= when && when <= key.exp;
  const here = key.outlets === "*" || (Array.isArray(key.outlets) && key.outlets.includes(outlet));
  if (key.authority !== authority || !inTime || !here) {
    throw new SealRefused("rights", `${kid} is no key of ${authority} for ${outlet} at ${when}`);
  }
  return key;
}

/** @param {PublicKey} key */
async function imported({ kty, crv, x, y }) {
  try {
    return await crypto.subtle.importKey("jwk", { kty, crv, x, y }, ES256, false, ["verify"]);
  } catch {
    throw new SealRefused("key", "not a public key of P-256");
  }
}

/** First 80 bits of SHA-256 of the signature in Crockford base32. @param {Uint8Array<ArrayBuffer>} signature */
export async function authCode(signature) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", signature));
  return codeOf(digest.slice(0, 10).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
}

/**
 * What the seal states and its authentication code, once one of `keys` has signed it and could.
 * Throws `SealRefused`.
 * @param {string} text @param {readonly PublicKey[]} keys
 */
export async function verifySeal(text, keys) {
  const seal = parseSeal(text); // steps 6 and 7 of the proof
  const key = await imported(keyOf(seal, keys));
  if (!(await crypto.subtle.verify(ES256, key, seal.signature, seal.signed))) {
    throw new SealRefused("signature", "the signature does not hold");
  }
  return { statement: seal.statement, code: await authCode(seal.signature) };
}
