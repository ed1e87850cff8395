/** The ticket as the cashier sees it: lines, who it is for, what is being typed. */
import { arrows } from "./arrows.js";
import { byId, inside, onTap, show, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { isDeposit, isExempt, linesFor, mayBeExempt } from "../../sale/charged.js";
import { terms } from "../../sale/current-ticket.js";
import { francs, parseAmount, quantityLabel } from "../../base/money.js";
import { unbroken } from "../../base/unbroken.js";
import { paidLabel } from "./paid.js";
import { lineAmount } from "../../sale/tax.js";

/** @typedef {import("../../sale/ticket.js").Ticket} Ticket */
/** @typedef {import("../../sale/ticket.js").Line} Line */

/** @param {Line} line */
function detail({ quantity, unit_price: price, original_price: before, tax_group, note }) {
  const asked = `${quantityLabel(quantity)} × ${francs(parseAmount(price))} · ${tax_group}`;
  const changed = before && t("line.instead", { price: francs(parseAmount(before)) });
  return [asked, changed, note].filter(Boolean).join(" · ");
}

/** @param {Ticket["client"]} client */
const clientLabel = ({ type, name, nif }) =>
  type === "PP" ? "" : [`[${type}] ${name ?? ""}`, nif].filter(Boolean).join(" · ");

/** To whom the number belongs that is being typed. @param {Ticket} ticket */
function typedFor({ typed, aim, lines: all }) {
  if (!typed) return "";
  return aim ? t("pad.for.line", { name: all[aim.index]?.name ?? "" }) : t("pad.for.next");
}

/** Who pays, and what is not as on every ticket. @param {Ticket} ticket @param {boolean} paying */
const headLabel = (ticket, paying) =>
  [
    ticket.deposit && isDeposit(ticket) && t("more.deposit.of", { amount: francs(parseAmount(ticket.deposit)) }),
    ticket.discount?.reason,
    clientLabel(ticket.client),
    isExempt(ticket) && mayBeExempt(ticket, terms()) && t("client.vat.none"),
    paying ? "" : paidLabel(ticket.payments, "pay.received"), // the panel lists it
    ...(ticket.comments ?? []),
  ]
    .filter(Boolean)
    .join(" · ");

/** @param {HTMLElement} item @param {Line} line @param {boolean} selected */
function fill(item, line, selected) {
  write(inside(item, ".line-name"), unbroken(line.name));
  write(inside(item, ".line-detail"), detail(line));
  write(inside(item, ".line-amount"), francs(lineAmount(line)));
  inside(item, ".line-main").setAttribute("aria-expanded", String(selected));
  inside(item, ".line-tools").hidden = !selected;
  if (selected) item.scrollIntoView({ block: "nearest" });
}

/** @param {HTMLElement} list @param {Ticket} ticket */
function showLines(list, ticket) {
  const { selected } = ticket;
  const all = linesFor(ticket, terms());
  const before = list.childElementCount;
  show(
    list,
    "modele-ligne",
    all,
    (line) => `${line.code} ${line.unit_price} ${line.original_price ?? ""}`,
    (item, line, index) => fill(item, line, selected === index),
  );
  if (all.length > before) list.lastElementChild?.scrollIntoView({ block: "nearest" });
}

/**
 * @typedef {{select: (index: number) => void, step: (index: number, by: bigint) => void,
 *   remove: (index: number) => void, more: (index: number) => void}} LineActs  given the index of the line
 */

/** @param {HTMLElement} list @param {LineActs} act */
function listenToTaps(list, act) {
  /** @param {Element} element */
  const indexOf = (element) => [...list.children].indexOf(/** @type {Element} */ (element.closest("li")));
  onTap(list, "step", (by, button) => act.step(indexOf(button), BigInt(by)));
  onTap(list, "remove", (_, button) => act.remove(indexOf(button)));
  onTap(list, "more", (_, button) => act.more(indexOf(button)));
  list.addEventListener("click", (event) => {
    const main = /** @type {Element} */ (event.target).closest(".line-main");
    if (main) act.select(indexOf(main));
  });
}

/** Shows tickets; taps come back through `act`. @param {LineActs} act @returns {(ticket: Ticket, paying: boolean) => void} */
export function lines(act) {
  const list = byId("lignes");
  listenToTaps(list, act);
  const reach = arrows(list, ".line-main");
  return (ticket, paying) => {
    showLines(list, ticket);
    reach();
    write(byId("ticket-client"), headLabel(ticket, paying));
    write(byId("ticket-refus"), ticket.replaces ? t("replace.why", { text: ticket.refusal ?? "" }) : "");
    write(byId("saisie"), ticket.typed);
    write(byId("saisie-pour"), paying ? "" : typedFor(ticket));
    write(byId("nombre-lignes"), String(ticket.lines.length || ""));
  };
}
