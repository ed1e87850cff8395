/** The ribbon: the lamps of the server, the lamp of this tablet, the clock. Each lamp opens the sheet. */
import { byId, icon, inside, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { clockTime } from "../../base/times.js";

/** @typedef {import("../../sale/tablet-lamp.js").Light} Light */

const SERVER = /** @type {const} */ (["fiscal", "dgi", "imprimante"]);
/** @type {Light} */
const UNKNOWN = { state: "grey", say: "lamp.unknown", with: {} };
/** What each lamp says now. @type {Map<string, Light>} */
const lights = new Map([...SERVER, "tablette"].map((name) => [name, UNKNOWN]));

/** Every lamp by name, for the sheet. @returns {ReadonlyMap<string, Light>} */
export const lamps = () => lights;

/** @param {string} name @param {Light} light */
export function paint(name, light) {
  lights.set(name, light);
  const lamp = inside(byId("lampes"), `[data-lamp="${name}"]`);
  if (lamp.dataset.state !== light.state) lamp.querySelector("svg")?.replaceWith(icon(`lamp-${light.state}`));
  lamp.dataset.state = light.state;
  write(inside(lamp, ".lamp-word"), t(light.say, light.with));
  write(inside(lamp, ".lamp-number"), light.with.count ?? "");
}

/** The lamps as the server knows them. @param {readonly (Light & {name: string})[]} known */
export const paintServer = (known) => known.forEach((light) => lights.has(light.name) && paint(light.name, light));

/** The server does not answer: nobody knows. */
export const paintUnknown = () => SERVER.forEach((name) => paint(name, UNKNOWN));

/** Each lamp again, in the language in force. */
export const repaint = () => lights.forEach((light, name) => paint(name, light));

/** @param {number} now @param {string} zone of the outlet */
export function tick(now, zone) {
  const clock = byId("heure");
  write(clock, clockTime(now, zone));
  clock.setAttribute("datetime", new Date(now).toISOString());
}
