/**
 * What the till must find again after a reload or a power cut. Asynchronous, so that a
 * database in the browser can take this place without a change elsewhere.
 */
const PREFIX = "bono.till.";

/** @param {string} key @returns {Promise<any>} the stored value, or undefined */
export async function get(key) {
  const text = localStorage.getItem(PREFIX + key);
  return text === null ? undefined : JSON.parse(text);
}

/** @param {string} key @param {unknown} value plain JSON @returns {Promise<void>} */
export async function put(key, value) {
  localStorage.setItem(PREFIX + key, JSON.stringify(value));
}
