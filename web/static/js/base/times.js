/** How days and times are written: for people as they stand on a clock here, for the wire in UTC. */

const CLOCK = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit" });
const DAY = /** @type {const} */ ({ day: "2-digit", month: "2-digit" });

/** "14:05", in the zone of this device when none is given. @param {number | string} at @param {string} [zone] */
export const clockTime = (at, zone) =>
  new Date(at).toLocaleTimeString("fr", { ...CLOCK, ...(zone && { timeZone: zone }) });

/** "22/11 14:05": the year is plain. @param {number | string} at */
export const dayAndTime = (at) => new Date(at).toLocaleString("fr-CD", { ...DAY, ...CLOCK });

/** "22/11/2026 14:05", as a paper says it. @param {number | string} at @param {string} zone */
export const fullTime = (at, zone) =>
  new Date(at).toLocaleString("fr-CD", { timeZone: zone, dateStyle: "short", timeStyle: "short" });

/** "22/11/2026", of a day as the wire writes it. @param {string} day */
export const dayLabel = (day) => day.split("-").reverse().join("/");

/** "2026-11-22T13:05:00Z": whole seconds. @param {number | Date} at */
export const wireTime = (at) => `${new Date(at).toISOString().slice(0, 19)}Z`;
