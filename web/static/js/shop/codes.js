/** What a text that was scanned or typed is: an article, a client, or a paper of ours. */
import { scanned } from "./articles.js";
import { clientByNif } from "./clients.js";
import { bitsOf, inFours, isCode } from "../base/crockford.js";
import { codeIn, isNoNumber } from "../base/gtin.js";
import { withDb } from "../tablet/database.js";
import { clientOf } from "../sale/ticket.js";

/** @typedef {import("../sale/ticket.js").Article} Article */
/** @typedef {import("../sale/ticket.js").Client} Client */
/**
 * @typedef {{kind: "number" | "dgi" | "receipt" | "claim", text: string}} PaperCode
 *   a fiscal number, a Code DEF/DGI, the token of a receipt, or a claim code, all without dashes but the first
 */
/**
 * @typedef {{kind: "article", article: Article}
 *   | {kind: "client", client: Client, exemption: string}
 *   | {kind: "paper", sale_id: string}
 *   | {kind: "unknown", text: string}} Meaning
 *   `sale_id` is a fiscal number where the sale is not kept here, or empty where nobody here can know it
 */

const NUMBER = /\b([A-Z0-9]{3,5}-[1-9]\d?-\d{8})\b/;
const SHORTEST_NIF = 6;

/** The fiscal number in the seal that our own QR carries. @param {string} seal */
function sealedNumber(seal) {
  try {
    const payload = atob((seal.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    return NUMBER.exec(JSON.parse(payload).fiscal_number)?.[1];
  } catch {
    return undefined;
  }
}

/**
 * The paper that this text stands on, or null when it comes from no paper.
 * @param {string} text @returns {PaperCode | null}
 */
export function paperCode(text) {
  const [prefix, , code] = text.split(";"); // RDCF01;NIM;CODE;NIF;time
  if (/^RDC(F|DEF)01$/.test(prefix ?? "") && code) return { kind: "dgi", text: code.replaceAll("-", "") };
  const [place = "", fragment] = text.split("#");
  const ours = /\/v$/.test(place) && fragment; // https://host/v#seal
  const number = ours ? sealedNumber(fragment) : NUMBER.exec(text.toUpperCase())?.[1];
  if (number) return { kind: "number", text: number };
  const receipt = /\/recus\/([\w-]+)/.exec(text)?.[1];
  if (receipt) return { kind: "receipt", text: receipt };
  const claim = (/\/r\/[A-Z0-9]{3,5}\/([\w-]+)/i.exec(text)?.[1] ?? text).toUpperCase();
  return isCode(claim) ? { kind: "claim", text: claim.replaceAll("-", "") } : null;
}

/**
 * The first and last sale id that a claim code may stand for.
 * @param {string} code @returns {[string, string]}
 */
export function claimRange(code) {
  const hex = bitsOf(code).toString(16).padStart(20, "0");
  const id = (/** @type {string} */ rest) =>
    (hex + rest).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return [id("0".repeat(12)), id("f".repeat(12))];
}

/** The sale kept here that this paper is of, or what the server may know it by. @param {PaperCode} code */
async function saleOf({ kind, text }) {
  const saleId = await withDb(async (db) => {
    const sealed = db.transaction("sealed").store;
    if (kind === "claim") return sealed.getKey(IDBKeyRange.bound(...claimRange(text)));
    if (kind === "number") return sealed.index("fiscal_code").getKey(text);
    // Answers write a Code DEF/DGI in groups of four too.
    const sign = kind === "dgi" ? inFours(text) : `/recus/${text}"`;
    for (let cursor = await sealed.openCursor(null, "prev"); cursor; cursor = await cursor.continue())
      if (cursor.value.answer.includes(sign)) return cursor.primaryKey;
    return undefined;
  });
  return String(saleId ?? (kind === "number" ? text : ""));
}

/**
 * What was scanned, by the first of its readings that means anything.
 * @param {readonly string[]} readings at least one @returns {Promise<Meaning>}
 */
export async function meaningOf(readings) {
  for (const text of readings) {
    const meaning = await meaningOfText(text);
    if (meaning.kind !== "unknown") return meaning;
  }
  const codes = readings.map(codeIn);
  return { kind: "unknown", text: codes.find(isNoNumber) ?? codes[0] ?? "" };
}

/**
 * An article's code wins over a client's NIF; a paper is unmistakable.
 * @param {string} text @returns {Promise<Meaning>}
 */
async function meaningOfText(text) {
  const code = codeIn(text);
  const paper = paperCode(code);
  if (paper) return { kind: "paper", sale_id: await saleOf(paper) };
  const article = await scanned(code);
  if (article) return { kind: "article", article };
  const known = await clientIn(code);
  if (known) return { kind: "client", client: clientOf(known), exemption: known.exemption ?? "" };
  return { kind: "unknown", text };
}

/** The client whose NIF stands in the text, such as that of a client's own QR. @param {string} text */
export async function clientIn(text) {
  for (const word of text.toUpperCase().split(/[^A-Z0-9]+/).filter((part) => part.length >= SHORTEST_NIF)) {
    const known = await clientByNif(word);
    if (known) return known;
  }
  return undefined;
}
