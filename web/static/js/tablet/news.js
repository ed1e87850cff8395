/**
 * What every tab and the worker of this tablet tell each other. A tab hears its own news too.
 *
 * @typedef {"sending" | "checking" | "waiting" | "sealed" | "normalised" | "refused" | "in_doubt" | "poison"
 *   | "held" | "locked"} SaleState
 * @typedef {{type: "sale", sale_id: string, state: SaleState, problem?: import("./refusals.js").Problem}
 *   | {type: "sales-changed"} | {type: "enrolled"} | {type: "reached", reached: boolean}
 *   | {type: "storage", say: "storage.blocked" | "storage.newer"}} News
 */

const NAME = "bono-till";
/** @type {BroadcastChannel | undefined} */
let sender;

/** @param {News} news */
export function announce(news) {
  sender ??= new BroadcastChannel(NAME);
  sender.postMessage(news);
}

/**
 * Calls `heard` at each piece of news, until the returned function is called.
 * @param {(news: News) => void} heard
 */
export function listen(heard) {
  const channel = new BroadcastChannel(NAME); // its own: a channel does not hear itself
  channel.onmessage = ({ data }) => heard(data);
  return () => channel.close();
}
