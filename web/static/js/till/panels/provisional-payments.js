/** How a ticket provisoire was paid, and the symbol that leads to its invoice. */
import encodeQR from "../../../vendor/qr.js";
import { figures, francs, parseAmount, parseRate, rateLabel } from "../../base/money.js";
import { changeFrom } from "../../sale/ticket.js";

/** @typedef {import("../../sale/ticket.js").Payment} Payment */

/** The means as the invoice names them: the paper is French whatever the till speaks. */
const MEANS = {
  ESPECES: "Espèces",
  VIREMENT: "Virement",
  CARTEBANCAIRE: "Carte bancaire",
  MOBILEMONEY: "Mobile money",
  CHEQUES: "Chèque",
  CREDIT: "À crédit",
  AUTRE: "Autre",
};
const QUIET = 4;

/** What was handed over, where that is known. @param {Payment} payment */
function received({ currency, tendered, rate }) {
  if (!tendered) return "";
  const given = parseAmount(tendered);
  if (currency !== "USD" || !rate) return `reçu ${francs(given)}`;
  return `reçu ${figures(given)} USD à ${rateLabel(parseRate(rate))}`;
}

/**
 * One payment as the paper says it: how, what was handed over and given back, how much.
 * @param {Payment} payment @returns {{name: string, detail: string, amount: string}}
 */
export function paidLine(payment) {
  const { method, amount, provider, reference } = payment;
  const back = changeFrom(payment);
  const detail = [reference && `réf. ${reference}`, received(payment), back > 0n && `rendu ${francs(back)}`];
  return {
    name: provider ? `${MEANS[method]} – ${provider}` : MEANS[method],
    detail: detail.filter(Boolean).join(" · "),
    amount: francs(parseAmount(amount)),
  };
}

/**
 * The dark runs of each row of a QR symbol as one SVG path, and the side of its view box.
 * @param {string} text @returns {{side: number, path: string}}
 */
export function symbolOf(text) {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: QUIET });
  const runs = rows.flatMap((row, y) =>
    [...row.map(Number).join("").matchAll(/1+/g)].map(
      ({ index, 0: { length } }) => `M${index} ${y}h${length}v1h-${length}z`,
    ),
  );
  return { side: rows.length, path: runs.join("") };
}
