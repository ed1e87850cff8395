/** What kind of invoice the ticket becomes, and what does not fit that kind (clause 1.1.7). */
import { byId, inside, onTap, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { codeOf, isNif, refusedIn } from "../../base/text.js";
import { asksNifOfTheDgi } from "../../sale/ticket.js";

/** @typedef {import("../../sale/ticket.js").Ticket} Ticket */
/** @typedef {import("../../sale/ticket.js").Context} Context */
/** @typedef {import("../../sale/ticket.js").Line} Line */
/** @typedef {import("../../sale/ticket.js").InvoiceType} InvoiceType */
/** @typedef {import("../../sale/tax.js").Rates} Rates */

const EXPORTS = new Set(["EV", "ET"]);

/** An export bears no VAT: N is all VAT and has no rate. @param {string} group @param {Rates} rates */
const bearsVat = (group, rates) => Number(rates[group] ?? 1) > 0;

/** An article that no paper can print. @param {Pick<Line, "code" | "name" | "unit">} line */
const unfit = ({ code, name, unit }) => {
  const char = refusedIn(`${code}${name}${unit}`) ?? "";
  return { say: "text.refused", with: { field: name, code: codeOf(char) } };
};

/**
 * Why this ticket cannot become its kind of invoice: the key of a sentence, or null when it can.
 * @param {Pick<Ticket, "invoice_type" | "lines" | "client">} ticket @param {Pick<Context, "rates" | "nif_of_the_dgi">} context
 * @returns {{say: string, with: Record<string, string>} | null}
 */
export function misfit({ invoice_type, lines, client: { nif } }, context) {
  const unprintable = lines.find(({ code, name, unit }) => refusedIn(`${code}${name}${unit}`));
  if (unprintable) return unfit(unprintable);
  const ofTheDgi = asksNifOfTheDgi({ invoice_type }, context);
  if (nif && !isNif(nif, ofTheDgi)) return { say: ofTheDgi ? "client.nif.dgi" : "client.nif.any", with: {} };
  if (!EXPORTS.has(invoice_type)) return null;
  const line = lines.find(({ tax_group }) => bearsVat(tax_group, context.rates));
  return line ? { say: "types.export.vat", with: { name: line.name, group: line.tax_group } } : null;
}

/**
 * Offers the kinds behind `Type : Vente ▾`; a tap comes back through `pick`.
 * @param {(type: InvoiceType) => void} pick
 * @returns {{render: (ticket: Ticket) => void}}
 */
export function types(pick) {
  const button = byId("type-facture");
  const menu = byId("types-facture");
  onTap(menu, "type", (type) => {
    menu.hidePopover();
    pick(/** @type {InvoiceType} */ (type));
  });
  return {
    render({ invoice_type: chosen }) {
      write(inside(button, "span"), t("types.button", { type: t(`types.${chosen}`) }));
      button.dataset.chosen = chosen;
      for (const choice of menu.querySelectorAll("[data-type]")) {
        const { type } = /** @type {HTMLElement} */ (choice).dataset;
        choice.setAttribute("aria-pressed", String(type === chosen));
      }
    },
  };
}
