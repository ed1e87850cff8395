/**
 * A UUID version 7 (RFC 9562): 48 bits of milliseconds, then chance. Sale ids sort by opening time.
 * @param {number} now @param {Uint8Array} random sixteen random bytes
 * @returns {string}
 */
export function uuid7(now = Date.now(), random = crypto.getRandomValues(new Uint8Array(16))) {
  const hex = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const time = Math.trunc(now).toString(16).padStart(12, "0");
  const variant = (((random[8] ?? 0) & 0x3f) | 0x80).toString(16);
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${hex.slice(13, 16)}`,
    variant + hex.slice(18, 20),
    hex.slice(20),
  ].join("-");
}
