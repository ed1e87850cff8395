/** The ticket as the cashier sees it: lines, who it is for, what is being typed. */
import { byId, inside, onTap, show, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { francs, parseAmount, quantityLabel } from "../../base/money.js";
import { lineAmount } from "../../sale/tax.js";

/** @typedef {import("../../sale/ticket.js").Ticket} Ticket */
/** @typedef {import("../../sale/ticket.js").Line} Line */

/** @param {Line} line */
const detail = (line) =>
  `${quantityLabel(line.quantity)} × ${francs(parseAmount(line.unit_price))} · ${line.tax_group}`;

/** @param {Ticket["client"]} client */
const clientLabel = ({ type, name, nif }) =>
  type === "PP" ? "" : [`[${type}] ${name ?? ""}`, nif].filter(Boolean).join(" · ");

/**
 * Shows tickets; taps come back as `select`, `step` and `remove` with the index of the line.
 * @param {{
 *   select: (index: number) => void,
 *   step: (index: number, by: bigint) => void,
 *   remove: (index: number) => void,
 * }} act
 * @returns {(ticket: Ticket) => void}
 */
export function lines(act) {
  const list = byId("lignes");
  /** @param {Element} element */
  const indexOf = (element) => [...list.children].indexOf(/** @type {Element} */ (element.closest("li")));
  onTap(list, "step", (by, button) => act.step(indexOf(button), BigInt(by)));
  onTap(list, "remove", (_, button) => act.remove(indexOf(button)));
  list.addEventListener("click", (event) => {
    const main = /** @type {Element} */ (event.target).closest(".line-main");
    if (main) act.select(indexOf(main));
  });
  let count = 0;

  return (ticket) => {
    show(
      list,
      "modele-ligne",
      ticket.lines,
      (line) => `${line.code} ${line.unit_price}`,
      (item, line, index) => {
        write(inside(item, ".line-name"), line.name);
        write(inside(item, ".line-detail"), detail(line));
        write(inside(item, ".line-amount"), francs(lineAmount(line)));
        inside(item, ".line-main").setAttribute("aria-expanded", String(ticket.selected === index));
        inside(item, ".line-tools").hidden = ticket.selected !== index;
        if (ticket.selected === index) item.scrollIntoView({ block: "nearest" });
      },
    );
    if (ticket.lines.length > count) list.lastElementChild?.scrollIntoView({ block: "nearest" });
    count = ticket.lines.length;
    write(byId("ticket-client"), clientLabel(ticket.client));
    write(byId("ticket-refus"), ticket.replaces ? t("replace.why", { text: ticket.refusal ?? "" }) : "");
    write(byId("saisie"), ticket.typed);
    write(byId("nombre-lignes"), count ? String(count) : "");
  };
}
