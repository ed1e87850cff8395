/** Whatever is paid without notes: what was promised on a terminal, a telephone or a piece of paper. */
import { inputById } from "../../base/dom.js";
import { amountText, dollars, francs } from "../../base/money.js";
import { cleaned } from "../../base/text.js";
import { noCash } from "../../sale/tenders.js";

/** @typedef {import("../../sale/ticket.js").Payment} Payment */
/** @typedef {import("./payment-panel.js").Asking} Asking */

/** What an operator or a card pays of what is left. @param {Asking} asking */
const part = ({ left, given }) => (given !== null && given > 0n && given < left ? given : left);

/** @param {Asking} asking @returns {Payment} */
export function electronic(asking) {
  const reference = cleaned(inputById("reference").value);
  const { method, provider, inUsd } = asking.operator;
  const sum = inUsd && asking.usd ? noCash(asking.left, asking.given, asking.usd).paid : inFrancs(asking);
  return { method, ...sum, ...(provider && { provider }), ...(reference && { reference }) };
}

/** @param {Asking} asking */
const inFrancs = (asking) => ({ amount: amountText(part(asking)), currency: /** @type {const} */ ("CDF") });

/** What is waited for, as the screen says it. @param {Asking} asking */
export function awaited(asking) {
  if (!asking.operator.inUsd || !asking.usd) return francs(part(asking));
  return dollars(noCash(asking.left, asking.given, asking.usd).cents);
}
