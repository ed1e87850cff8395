/** The receipt by e-mail: to the address that this client had last, or a new one. The server sends it. */
import "../../base/later.js";
import { byId, inputById, onTap, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { get, put } from "../../tablet/database.js";
import { Refused, tell } from "../../tablet/wire.js";

/** @typedef {{name: "emails", of: Record<string, string>}} Addresses  by NIF, kept on this tablet */
/** @typedef {{sale_id: string, nif: string}} Receipt */

const ADDRESSES = "emails";
const MOST = 254; // RFC 5321, 4.5.3.1.3

/** Whether it looks like an address: only the mail server knows. @param {string} text */
export const isAddress = (text) => /^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]{2,}$/.test(text) && text.length <= MOST;

/** @returns {Promise<Addresses>} */
const addresses = async () => (await get("meta", ADDRESSES)) ?? { name: ADDRESSES, of: {} };

/** @type {Receipt} */
let receipt = { sale_id: "", nif: "" };
let listening = false;

const typed = () => inputById("envoi-adresse");
/** @param {string} text @param {string} [wrong] */
function say(text, wrong = "") {
  write(byId("envoi-dit"), text);
  write(byId("envoi-adresse-erreur"), wrong);
}

/** The server has it on its way, or says why not. @param {string} to */
async function send(to) {
  const { sale_id, nif } = receipt;
  say("");
  try {
    await tell("POST", `/caisse/ventes/${sale_id}/envoyer`, { channel: "email", to });
  } catch (refusal) {
    return say("", refusal instanceof Refused ? refusal.title : t("paper.unreachable"));
  }
  say(t("share.queued", { to }));
  if (nif) await put("meta", { name: ADDRESSES, of: { ...(await addresses()).of, [nif]: to } });
}

function listen() {
  listening = true;
  onTap(byId("envoi-adresses"), "address", (to) => void send(to));
  byId("envoi-courriel").addEventListener("submit", (event) => {
    event.preventDefault();
    const to = typed().value.trim();
    if (isAddress(to)) void send(to);
    else {
      say("", t("share.email.wrong"));
      typed().focus();
    }
  });
}

/** Shows what an e-mail needs, where the outlet can send one. @param {Receipt} sent */
export async function offerEmail(sent) {
  const channels = (await get("meta", "context"))?.channels ?? [];
  byId("envoi-courriel").hidden = !channels.includes("email");
  receipt = sent;
  if (!listening) listen();
  const last = (await addresses()).of[sent.nif] ?? "";
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "primary", textContent: last });
  Object.assign(button.dataset, { address: last, tap: "" });
  byId("envoi-adresses").replaceChildren(...(last ? [button] : []));
  typed().value = "";
  say("");
}
