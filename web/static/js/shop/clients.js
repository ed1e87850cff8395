/** The clients this shop knows: those of the server, and those noted here since. */
import { withWords } from "./articles.js";
import { asked, folded, inOrder, words } from "../base/folding.js";
import { cleanNif } from "../base/text.js";
import { put, withDb } from "../tablet/database.js";

/** @typedef {import("../sale/ticket.js").Client} Client */
/** @typedef {Client & {id: string, exemption?: string}} Customer  `exemption`: the document last shown */
/** @typedef {Customer & {name_tokens: string[]}} CustomerRecord */

const LOCAL = "local:";

/** Whether a client was noted here and is not yet the server's. @param {string} id */
export const isLocal = (id) => id.startsWith(LOCAL);

/** The client as the store keeps it, with what finds it. @param {Customer} client @returns {CustomerRecord} */
export function clientRecord(client) {
  const filled = Object.fromEntries(Object.entries(client).filter(([, value]) => value)); // no empty NIF in the index
  const record = /** @type {Customer} */ ({ ...filled, ...(client.nif && { nif: cleanNif(client.nif) }) });
  return { ...record, name_tokens: words(`${client.name ?? ""} ${record.nif ?? ""}`) };
}

/** @param {CustomerRecord} kept @returns {Customer} */
function customerOf({ name_tokens: _, ...customer }) {
  return customer;
}

/**
 * The clients whose name or NIF has, for every word typed, a word that begins with it.
 * @param {string} query @param {number} count @returns {Promise<Customer[]>}
 */
export async function findClients(query, count) {
  return inOrder((await withWords("clients", asked(query), count)).map(customerOf), ({ name = "" }) => name);
}

/** The client of that NIF, however it is written. @param {string} text @returns {Promise<Customer | undefined>} */
export async function clientByNif(text) {
  const nif = cleanNif(text);
  const found = nif && (await withDb((db) => db.getFromIndex("clients", "nif", nif)));
  return found ? customerOf(found) : undefined;
}

/**
 * The client is found next time, with the reference of the exemption that was shown. Someone who gave no
 * name is nobody to remember.
 * @param {Client} client @param {string} exemption
 */
export async function rememberClient(client, exemption) {
  if (client.type === "PP" || !client.name) return;
  const known = client.nif ? await clientByNif(client.nif) : undefined;
  const id = known?.id ?? LOCAL + (client.nif ?? folded(client.name));
  await put("clients", clientRecord({ ...known, ...client, id, ...(exemption && { exemption }) }));
}
