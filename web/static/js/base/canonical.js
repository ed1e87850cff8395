/** Canonical JSON: RFC 8785 restricted to objects, arrays and strings that are not empty. */
import { hex, sha256, utf8 } from "./bytes.js";

/** The document has no canonical form. */
export class NotCanonical extends Error {}

/** @param {unknown} value @returns {string} */
export function canonical(value) {
  if (typeof value === "string") {
    if (value === "" || /\p{Surrogate}/u.test(value)) throw new NotCanonical("an empty or broken string");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) throw new NotCanonical("neither object, array nor string");
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  if (members.some(([name]) => /[^\0-\x7f]/.test(name))) throw new NotCanonical("a name that is not ASCII");
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

/** SHA-256 of the canonical text, as the server computes `request_hash`. @param {unknown} document */
export const canonicalHash = async (document) => hex(await sha256(utf8(canonical(document))));
