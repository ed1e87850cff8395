import assert from "node:assert/strict";
import { test } from "node:test";
import {
  amountText,
  dollars,
  divideRounded,
  francs,
  parseAmount,
  parseQuantity,
  parseRate,
  quantityLabel,
  quantityText,
  rateLabel,
  typedDecimal,
} from "../../../web/static/js/base/money.js";

test("an amount is read as centimes and written with two decimals", () => {
  assert.equal(parseAmount("45000"), 4_500_000n);
  assert.equal(parseAmount("12.5"), 1_250n);
  assert.equal(amountText(1_250n), "12.50");
  assert.equal(amountText(5n), "0.05");
});

test("what is not a plain decimal is refused", () => {
  for (const text of ["", "-1", "+1", "1e3", "01", "1.", "1.234", " 1", "NaN", "12345678901234"]) {
    assert.throws(() => parseAmount(text), RangeError, text);
  }
});

test("a quantity loses its trailing zeros", () => {
  assert.equal(quantityText(parseQuantity("1.500")), "1.5");
  assert.equal(quantityText(parseQuantity("12")), "12");
});

test("people read francs with narrow spaces and no empty decimals", () => {
  assert.equal(francs(4_500_000n), "45\u202f000\u00a0FC");
  assert.equal(francs(123_456_750n), "1\u202f234\u202f567,50\u00a0FC");
  assert.equal(quantityLabel("1.5"), "1,5");
});

test("a typed number is understood with a comma, spaces and leading zeros", () => {
  assert.equal(typedDecimal("1\u202f500,5", 2), "1500.5");
  assert.equal(typedDecimal("007", 3), "7");
  assert.equal(typedDecimal("2,", 3), "2");
  for (const typed of ["", "0", "0,00", "1,2345", "abc", "-3"]) assert.equal(typedDecimal(typed, 3), null);
});

test("a tie goes up and the product of two large numbers stays exact", () => {
  assert.equal(divideRounded(5n, 10n), 1n);
  assert.equal(divideRounded(4n, 10n), 0n);
  assert.equal(divideRounded(999_999_999_999_999n * 1_235n, 1_000n), 1_234_999_999_999_999n);
});

test("a rate keeps its decimals and dollars carry their sign", () => {
  assert.equal(rateLabel(parseRate("2850.00")), "2\u202f850\u00a0FC");
  assert.equal(rateLabel(parseRate("2850.25")), "2\u202f850,25\u00a0FC");
  assert.equal(rateLabel(parseRate("100")), "100\u00a0FC");
  assert.equal(dollars(2_000n), "$20");
  assert.equal(dollars(1_579n), "$15,79");
});
