/** From the ticket to the sale: asking for money where the ladder lets us, and what no longer changes. */
import { abandonCart, park, recall as recalled } from "../sale/carts.js";
import { buttonById } from "../base/dom.js";
import { fetched } from "../base/fetched.js";
import { t } from "../base/i18n.js";
import { francs, quantityLabel } from "../base/money.js";
import * as gate from "../sale/may-sell.js";
import { change, current, fresh, letGo, onTicket, settled, terms } from "../sale/current-ticket.js";
import { notice, standing } from "./notices.js";
import { commit, takeBack } from "../sale/outbox.js";
import { now } from "../tablet/database.js";
import { doubtful, MOST_QUANTITY, sureOf } from "../sale/quantities.js";
import { lineAmount } from "../sale/tax.js";
import * as T from "../sale/ticket.js";

/** @typedef {import("../sale/sales.js").Sale} Sale */
/** @typedef {import("../sale/current-ticket.js").Panel} Panel */

/** The payment panel is there: asked for with the first article, long before it is wanted. */
export const ready = fetched(() =>
  import("./panels/payment-panel.js").then(({ payments }) =>
    payments({
      pay: (paid) => complete(T.withPayment(current().ticket, paid)),
      drop: (index) => onTicket(T.withoutPayment(current().ticket, index)),
      keep: complete,
      clear: () => onTicket(T.settled(current().ticket)),
    }),
  ),
);

/**
 * The panel, in the order of what it was told.
 * @type {ReturnType<typeof import("./panels/payment-panel.js").payments>}
 */
export const payment = {
  reset: () => void (ready.begun() && ready().then((panel) => panel.reset())),
  render: (ticket, context) => void ready().then((panel) => panel.render(ticket, context)),
  cash: () => ready().then((panel) => panel.cash()),
};
let busy = false;
/** Whether the ladder just refused money. */
let refused = false;
/** Hears whether a sale could be stored. @type {(kept: boolean) => void} */
let stored = () => {};

/** Calls `heard` with whether a sale could be stored. @param {(kept: boolean) => void} heard */
export const onSale = (heard) => void (stored = heard);

/** Whether a sale is just being stored. */
export const isBusy = () => busy;

/** @param {T.Ticket} ticket */
export const totalOf = (ticket) => T.totalOf(ticket, terms());

/** The till is ready for that ticket. @param {T.Ticket} ticket */
export function begin(ticket) {
  payment.reset();
  notice();
  return change({ ticket, panel: "catalogue", view: "ticket" });
}

/** What was paid already stays paid: the money is in the drawer. @param {Panel} panel */
export function open(panel) {
  payment.reset();
  notice();
  const view = panel === "catalogue" ? "ticket" : "articles";
  change({ panel, ticket: T.settled(current().ticket), view });
}

/** The sentence that stands while selling goes on without the server, or near its limit. */
export function showLadder() {
  const { allowed, provisional, say, with: filling } = gate.verdict();
  if (allowed && refused) notice();
  if (allowed) refused = false;
  if (provisional || say === "ladder.overdue") standing(say, filling, allowed ? "amber" : "red");
  else standing();
}

/** The till takes no money, and says why. @param {{say: string, with: Record<string, string>}} step */
function refuse({ say, with: filling }) {
  refused = true;
  if (say === "ladder.overdue") showLadder(); // it stands already
  else notice(say, filling);
}

/** Every unusual quantity was said to be right; the ticket says so. */
async function isSure() {
  const line = doubtful(current().ticket, terms().most_quantity ?? MOST_QUANTITY);
  if (!line) return true;
  const { ticket } = current();
  const count = quantityLabel(line.quantity);
  const { ask } = await import("./panels/question.js");
  const text = t("quantity.sure", { count, unit: line.unit, name: line.name, sum: francs(lineAmount(line)) });
  if (!(await ask({ text, yes: t("quantity.yes", { count }), no: t("quantity.no") }))) return false;
  if (current().ticket.sale_id !== ticket.sale_id) return false;
  onTicket({ ...current().ticket, sure: [...(ticket.sure ?? []), sureOf(line)] });
  return isSure();
}

/** Money is asked for only where the ladder lets it be taken. @param {(panel: Panel) => void} show */
export async function cashIn(show) {
  // A button that nothing hears yet would lose the tap.
  if (!(await ready().then(() => true, () => false))) return notice("ladder.blocked");
  if (!(await isSure())) return;
  const { ticket } = current();
  if (ticket.payments.length && T.due(ticket, terms()) === 0n) return void (await complete(T.settled(ticket)));
  const wanted = T.needsExemption(ticket) && !ticket.exemption ? "client" : "paiement";
  const looked = gate.look();
  if (gate.verdict().allowed) show(wanted);
  else buttonById("encaisser").setAttribute("aria-busy", "true");
  await looked; // the link may have gone, or come back, since it was last seen
  buttonById("encaisser").removeAttribute("aria-busy");
  const step = gate.verdict();
  showLadder();
  if (!step.allowed) refuse(step);
  else if (current().panel === "catalogue" && current().ticket === ticket) show(wanted);
}

/** The ticket is sold once all of it is paid. @param {T.Ticket} ticket */
async function complete(ticket) {
  if (busy) return;
  if (T.due(ticket, terms()) > 0n) {
    onTicket(ticket);
    return;
  }
  busy = true;
  await sell(ticket).finally(() => {
    busy = false;
  });
}

/** What prints a ticket provisoire. Asked for while the server is there: it is used when it is not. */
export const paper = () => import("./panels/provisional-ticket.js");

/** @param {T.Ticket} ticket paid in full */
async function sell(ticket) {
  const step = await gate.judge();
  if (!step.allowed) return refuse(step);
  await settled();
  const row = await frozen(ticket, step.provisional);
  stored(row !== undefined);
  if (!row) return notice("sell.memory"); // nothing is lost: the ticket stays, unpaid
  letGo();
  await begin(current().ticket);
  if (step.provisional) (await paper()).provisionalTicket(row, terms());
}

/**
 * The paid ticket as bytes that never change; only once they are on the disk is it sold. Undefined
 * when the disk took nothing.
 * @param {T.Ticket} ticket @param {boolean} provisional
 */
async function frozen(ticket, provisional) {
  const body = JSON.stringify(T.toSale(ticket, terms(), new Date(now())));
  try {
    return await commit({ ticket, body, total: String(totalOf(ticket)), provisional });
  } catch {
    return undefined;
  }
}

/** The ticket in hand waits, if there is anything in it. */
async function aside() {
  await settled();
  const { ticket } = current();
  if (!T.isEmpty(ticket)) await park(T.settled(ticket));
  letGo();
}

export async function parkNow() {
  await aside();
  await begin(current().ticket);
}

/** @param {string} saleId */
export async function recall(saleId) {
  await aside();
  const cart = await recalled(saleId);
  await begin(cart?.ticket ?? fresh());
}

/** The ticket in hand was given up. */
export const begun = () => begin(fresh());

/** A line less; one that replaces a refused sale is given up with its last line. @param {T.Ticket} ticket */
export async function lessen(ticket) {
  if (!ticket.replaces || !T.isEmpty(ticket)) return onTicket(ticket);
  await settled();
  await abandonCart(ticket.sale_id, "emptied");
  return begun();
}

/**
 * A stuck sale is the ticket in hand again. One that left nothing behind keeps its id; one that the
 * control module refused is sealed, and is replaced under a new id.
 * @param {Sale} sale
 */
export async function correct(sale) {
  if (busy) return;
  busy = true;
  try {
    const again = sale.state === "refused" ? (await import("../sale/replacing.js")).replacement : takeBack;
    await aside();
    await begin(await again(sale.sale_id));
  } finally {
    busy = false;
  }
}
