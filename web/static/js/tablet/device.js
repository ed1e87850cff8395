/** Who this tablet is: a key that script can use and nobody can export. */
import { announce } from "./news.js";
import { documentOf } from "./refusals.js";
import { get, put } from "./database.js";

/** @typedef {{device_id: string, outlet_id: string, terminal_id: string, terminal_name: string}} Device */
/** @typedef {{name: "device", pair: CryptoKeyPair, mac: CryptoKey}} Keys */

/** Who this tablet is, or undefined before it is enrolled. @returns {Promise<Device | undefined>} */
export const device = () => get("meta", "device");

/** @returns {Promise<Keys | undefined>} */
export const deviceKeys = () => get("keys", "device");

/** The keys of this tablet, made and kept the first time. @returns {Promise<Keys>} */
async function ownKeys() {
  const kept = await deviceKeys();
  if (kept) return kept;
  /** @type {Keys} */
  const keys = {
    name: "device",
    pair: await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]),
    mac: await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]),
  };
  await put("keys", keys);
  return keys;
}

/**
 * This tablet is enrolled by the link of that token; without one, by a demo on this machine. The same
 * link opened twice gives the same tablet. Throws `Refused` ({rule, title}) or `Unreachable`.
 * @param {string} [token] @returns {Promise<Device>}
 */
export async function enrol(token) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", (await ownKeys()).pair.publicKey);
  const path = token ? `/caisse/enroler/${encodeURIComponent(token)}` : "/caisse/enroler";
  const { device_id, outlet_id, terminal_id, terminal_name } = await documentOf(
    new Request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ key: { kty, crv, x, y } }),
      redirect: "manual",
    }),
  );
  const enrolled = { device_id, outlet_id, terminal_id, terminal_name };
  await put("meta", { name: "device", ...enrolled });
  announce({ type: "enrolled" });
  return enrolled;
}
