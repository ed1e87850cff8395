/** The ticket provisoire: what the customer takes away while no invoice can be made. It is none. */
import { codeOf } from "../../base/crockford.js";
import { byId, copyOf, inside, write } from "../../base/dom.js";
import { francs, parseAmount, quantityLabel } from "../../base/money.js";
import { fullTime } from "../../base/times.js";
import { unbroken } from "../../base/unbroken.js";
import { chargedLines } from "../../sale/charged.js";
import { lineAmount } from "../../sale/tax.js";
import { taxOfTicket } from "../../sale/ticket.js";
import { paidLine, symbolOf } from "./provisional-payments.js";

/** @typedef {import("../../sale/ticket.js").Ticket} Ticket */
/** @typedef {import("../../sale/ticket.js").Context} Context */

/**
 * What the customer shows to get the invoice: the first 80 bits of the sale id in Crockford base32.
 * @param {string} saleId
 */
export const claimCode = (saleId) => codeOf(BigInt(`0x${saleId.replaceAll("-", "").slice(0, 20)}`));

/** Where the invoice will be. @param {string} saleId @param {string} outlet @param {string} host */
export const claimAddress = (saleId, outlet, host) => `${host}/r/${outlet}/${claimCode(saleId)}`;

/** @param {HTMLElement} row @param {import("../../sale/ticket.js").Line} line */
function fillLine(row, line) {
  write(inside(row, ".paper-name"), unbroken(line.name));
  const price = francs(parseAmount(line.unit_price));
  write(inside(row, ".paper-detail"), `${quantityLabel(line.quantity)} × ${price}`);
  write(inside(row, ".paper-amount"), francs(lineAmount(line)));
  return row;
}

/** @param {HTMLElement} row @param {import("../../sale/ticket.js").Payment} payment */
function fillPayment(row, payment) {
  for (const [place, text] of Object.entries(paidLine(payment))) write(inside(row, `.paper-${place}`), text);
  return row;
}

/** @param {string} address of the claim */
function drawSymbol(address) {
  const { side, path } = symbolOf(address);
  const svg = /** @type {Element} */ (document.getElementById("provisoire-qr"));
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.firstElementChild?.setAttribute("d", path);
}

/** The paper is in the page only while it is printed: no face of the till ever shows it. @param {boolean} now */
function printing(now) {
  byId("provisoire").hidden = !now;
  if (now) document.body.dataset.prints = "provisoire";
  else delete document.body.dataset.prints;
}

/**
 * Prints that ticket on the roll of 80 mm. All words are French: it is a paper for the customer.
 * @param {{sale_id: string, created_at: string | number, ticket: Ticket}} row @param {Context} context
 */
export function provisionalTicket({ sale_id: saleId, created_at: at, ticket }, context) {
  const { seller, zone, outlet_id: outlet, operator } = context;
  const texts = {
    vendeur: [seller.name, seller.address, seller.contact, `NIF ${seller.nif}`].filter(Boolean).join("\n"),
    quand: `${fullTime(at, zone)} · ${operator}`,
    total: francs(taxOfTicket(ticket, context).totals.total),
    code: claimCode(saleId),
    adresse: claimAddress(saleId, outlet, location.host),
  };
  for (const [name, text] of Object.entries(texts)) write(byId(`provisoire-${name}`), text);
  byId("provisoire-lignes").replaceChildren(
    ...chargedLines(ticket, context).map((line) => fillLine(copyOf("modele-provisoire"), line)),
  );
  byId("provisoire-paiements").replaceChildren(
    ...ticket.payments.map((payment) => fillPayment(copyOf("modele-provisoire"), payment)),
  );
  drawSymbol(`${location.protocol}//${texts.adresse}`);
  printing(true);
  addEventListener("afterprint", () => printing(false), { once: true });
  window.print();
}
