/**
 * The amounts of an invoice as the signer will compute them (clauses 1.5.1 to 1.5.10).
 * The server computes again and refuses a sale whose `expected` differs.
 */
import { amountText, divideRounded, parseAmount, parsePercent, parseQuantity } from "../base/money.js";

/** @typedef {{kind: "amount" | "per_unit" | "percent", value: string, label: string}} SpecificTax */
/**
 * @typedef {{unit_price: string, quantity: string, tax_group: string, specific_tax?: SpecificTax,
 *   specific_taxes?: readonly SpecificTax[]}} TaxedLine
 */
/** @typedef {Record<string, string>} Rates  percent by group letter; N has none */
/** @typedef {"TTC" | "HT"} PriceMode */
/** @typedef {{base: bigint, specific_tax: bigint, vat: bigint, total: bigint}} Amounts */
/** @typedef {Amounts & {group: string, rate?: string}} GroupAmounts */

const WHOLE = 100_000n; // 100 % in thousandths of a percent
const NO_SPECIFIC_TAX = new Set(["L", "M", "N"]); // clause 1.1.13

/** Price times quantity, rounded. @param {TaxedLine} line @returns {bigint} centimes */
export const lineAmount = (line) =>
  divideRounded(parseAmount(line.unit_price) * parseQuantity(line.quantity), 1000n);

/**
 * The specific taxes of one line, each rounded once (clause 1.5.10).
 * @param {TaxedLine} line @param {PriceMode} mode @param {bigint} rate @returns {bigint}
 */
function specificTax(line, mode, rate) {
  const taxes = line.specific_taxes ?? (line.specific_tax ? [line.specific_tax] : []);
  if (taxes.length && NO_SPECIFIC_TAX.has(line.tax_group))
    throw new RangeError(`specific tax in ${line.tax_group}`);
  const whole = mode === "TTC" ? WHOLE + rate : WHOLE;
  return taxes.reduce((sum, tax) => sum + oneSpecificTax(tax, line, whole), 0n);
}

/** @param {SpecificTax} tax @param {TaxedLine} line @param {bigint} whole */
function oneSpecificTax({ kind, value }, line, whole) {
  if (kind === "amount") return parseAmount(value);
  if (kind === "per_unit") return divideRounded(parseAmount(value) * parseQuantity(line.quantity), 1000n);
  return divideRounded(lineAmount(line) * parsePercent(value), whole);
}

/**
 * The amounts of one group from its line total and specific tax.
 * @param {bigint} given @param {bigint} specific @param {PriceMode} mode @param {bigint} rate @returns {Amounts}
 */
function groupAmounts(given, specific, mode, rate) {
  if (mode === "HT") {
    const vat = divideRounded((given + specific) * rate, WHOLE);
    return { base: given, specific_tax: specific, vat, total: given + specific + vat };
  }
  // Total first: the authority does not document the order where TTC meets a specific tax.
  const base = divideRounded(given * WHOLE, WHOLE + rate);
  const total = given + divideRounded(specific * (WHOLE + rate), WHOLE);
  return { base, specific_tax: specific, vat: total - base - specific, total };
}

/**
 * @param {string} group @param {readonly TaxedLine[]} lines @param {Rates} rates @param {PriceMode} mode
 * @returns {GroupAmounts}
 */
function oneGroup(group, lines, rates, mode) {
  const given = lines.reduce((sum, line) => sum + lineAmount(line), 0n);
  if (group === "N") {
    lines.forEach((line) => specificTax(line, mode, 0n));
    return { group, base: 0n, specific_tax: 0n, vat: given, total: given }; // clause 1.5.8
  }
  const text = rates[group];
  if (text === undefined) throw new RangeError(`no group ${group} in this table`);
  const rate = parsePercent(text);
  const specific = lines.reduce((sum, line) => sum + specificTax(line, mode, rate), 0n);
  return { group, rate: text, ...groupAmounts(given, specific, mode, rate) };
}

/**
 * The groups in use, by letter, and their sums. VAT is worked per group, never per line (1.5.6).
 * @param {readonly TaxedLine[]} lines @param {Rates} rates @param {PriceMode} mode
 * @returns {{groups: GroupAmounts[], totals: Amounts}}
 */
export function taxOf(lines, rates, mode) {
  const letters = [...new Set(lines.map((line) => line.tax_group))].sort();
  const groups = letters.map((letter) =>
    oneGroup(
      letter,
      lines.filter((line) => line.tax_group === letter),
      rates,
      mode,
    ),
  );
  const totals = { base: 0n, specific_tax: 0n, vat: 0n, total: 0n };
  for (const group of groups) {
    totals.base += group.base;
    totals.specific_tax += group.specific_tax;
    totals.vat += group.vat;
    totals.total += group.total;
  }
  return { groups, totals };
}

/** The same amounts as wire text. @param {Amounts} amounts */
export const amountsText = ({ base, specific_tax, vat, total }) => ({
  base: amountText(base),
  specific_tax: amountText(specific_tax),
  vat: amountText(vat),
  total: amountText(total),
});
