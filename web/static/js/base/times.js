/** How days and times are written: for people as they stand on a clock in the outlet, for the wire in UTC. */

const CLOCK = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit" });
const DAY = /** @type {const} */ ({ day: "2-digit", month: "2-digit" });
/** Of the outlet, once it is known; that of this device until then. @type {string | undefined} */
let place;

/** Every time is said in that zone from now on: that of the outlet. @param {string} zone */
export const useZone = (zone) => void (place = zone);

/** @param {Intl.DateTimeFormatOptions} how @param {string} [zone] */
const there = (how, zone = place) => ({ ...how, ...(zone && { timeZone: zone }) });

/** "14:05", in the outlet's zone when none is given. @param {number | string} at @param {string} [zone] */
export const clockTime = (at, zone) => new Date(at).toLocaleTimeString("fr", there(CLOCK, zone));

/** "22/11 14:05": the year is plain. @param {number | string} at */
export const dayAndTime = (at) => new Date(at).toLocaleString("fr-CD", there({ ...DAY, ...CLOCK }));

/** "22/11/2026 14:05", as a paper says it. @param {number | string} at @param {string} zone */
export const fullTime = (at, zone) =>
  new Date(at).toLocaleString("fr-CD", { timeZone: zone, dateStyle: "short", timeStyle: "short" });

/** "2026-11-22", the day in the outlet. @param {number | string} at */
export const dayOf = (at) => new Date(at).toLocaleDateString("sv", there({}));

/** "22/11/2026", of a day as the wire writes it. @param {string} day */
export const dayLabel = (day) => day.split("-").reverse().join("/");

/** "2026-11-22T13:05:00Z": whole seconds. @param {number | Date} at */
export const wireTime = (at) => `${new Date(at).toISOString().slice(0, 19)}Z`;
