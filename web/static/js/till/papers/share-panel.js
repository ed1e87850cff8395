/** `Envoyer`: the link to the receipt goes to a WhatsApp number, the last one or a new one; or by e-mail. */
import "../../base/later.js";
import { byId, inputById, onTap, write } from "../../base/dom.js";
import { offerEmail } from "./share-by-email.js";
import { t } from "../../base/i18n.js";
import { cleaned } from "../../base/text.js";
import { francs } from "../../base/money.js";
import { get, put } from "../../tablet/database.js";

/** @typedef {{name: "whatsapp", last?: string, of: Record<string, string>}} Numbers  kept on this tablet */
/**
 * @typedef {{answer?: string | object, total: string,
 *   ticket: {client: import("../../sale/ticket.js").Client}}} Sent
 *   a sale with the server's answer, as it came or as it was read; `total` in centimes
 */

/** @param {Sent} sent @returns {any} */
export const answerOf = ({ answer }) => (typeof answer === "string" ? JSON.parse(answer) : answer);

const COUNTRY = "243";
const NUMBERS = "whatsapp";

/** What people write between the figures; "+243 (0)81" means that its 0 is left out abroad. */
const UNTYPED = /\(0\)|[\s./()\u2010-\u2015-]/g;
/** Nine figures after the 0 or the code of the country, the first no 0. */
const HERE = /^(?:(?:\+|00)?243)?0?([1-9]\d{8})$/;
const ABROAD = /^(?:\+|00)([1-9]\d{6,14})$/;

/**
 * The digits that wa.me wants, from what a person here types ("081 234 56 78", "+243 81…"), or null: a number
 * of the country is whole or none.
 * @param {string} typed
 */
export function whatsappNumber(typed) {
  const number = cleaned(typed).replace(UNTYPED, "");
  const here = HERE.exec(number)?.[1];
  if (here) return COUNTRY + here;
  const abroad = ABROAD.exec(number)?.[1];
  return abroad && !abroad.startsWith(COUNTRY) ? abroad : null;
}

/** A number as people read it: "+243 812 345 678". @param {string} digits */
export const numberLabel = (digits) =>
  `+${digits.slice(0, 3)} ${digits.slice(3).replace(/\B(?=(\d{3})+$)/g, " ")}`;

/**
 * What the customer reads; always French, like the invoice itself.
 * @param {Sent} sent @param {string} seller @param {string} origin of this till
 */
export function message(sent, seller, origin) {
  const { status, security, links } = answerOf(sent);
  const of = `${security.fiscal_number} de ${francs(BigInt(sent.total))}, ${seller}`;
  const link = new URL(links.receipt, origin);
  return status === "normalised"
    ? `Bonjour, voici votre facture normalisée ${of} : ${link}`
    : `Bonjour, votre facture normalisée ${of} sera ici : ${link}`; // SFE 1.1.5: it is none before
}

/**
 * What is handed over, by whom, and the numbers known so far.
 * @type {{sent: Sent, seller: string, numbers: Numbers} | undefined}
 */
let handed;
let listening = false;

/** The message goes to WhatsApp, for that number. @param {string} number */
async function send(number) {
  if (!handed) return;
  const { sent, seller, numbers } = handed;
  const text = encodeURIComponent(message(sent, seller, location.origin));
  window.open(`https://wa.me/${number}?text=${text}`, "_blank", "noopener");
  byId("envoi").hidePopover();
  const { nif } = sent.ticket.client;
  await put("meta", { name: NUMBERS, last: number, of: { ...numbers.of, ...(nif && { [nif]: number }) } });
}

/** The numbers worth one tap: this client's, then the last one. @param {Sent} sent @param {Numbers} numbers */
function known({ ticket }, { of, last }) {
  const { nif = "", contact } = ticket.client;
  const all = [of[nif], whatsappNumber(contact ?? ""), last];
  return [...new Set(all.filter((number) => typeof number === "string"))];
}

/** @param {string} number */
function buttonFor(number) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "primary", textContent: numberLabel(number) });
  Object.assign(button.dataset, { number, tap: "" });
  return button;
}

/** @param {string[]} numbers */
function show(numbers) {
  byId("envoi-connus").replaceChildren(...numbers.map(buttonFor));
  write(byId("envoi-erreur"), "");
  inputById("envoi-numero").value = "";
}

function listen() {
  listening = true;
  const typed = inputById("envoi-numero");
  onTap(byId("envoi-connus"), "number", (number) => void send(number));
  byId("envoi-fiche").addEventListener("submit", (event) => {
    event.preventDefault();
    const number = whatsappNumber(typed.value);
    write(byId("envoi-erreur"), number ? "" : t("share.wrong"));
    if (number) void send(number);
    else typed.focus();
  });
}

/** Asks for a number and hands the message to WhatsApp, or to the server as an e-mail. @param {Sent} sent */
export async function share(sent) {
  const answer = answerOf(sent);
  if (!answer?.links) return; // not sealed yet: there is nothing to send
  if (!listening) listen();
  const seller = (await get("meta", "context"))?.seller.name ?? "";
  const numbers = (await get("meta", NUMBERS)) ?? { name: NUMBERS, of: {} };
  handed = { sent, seller, numbers };
  const offered = known(sent, numbers);
  show(offered);
  await offerEmail({ sale_id: answer.sale_id, nif: sent.ticket.client.nif ?? "" });
  byId("envoi").showPopover();
  if (!offered.length) inputById("envoi-numero").focus();
}
