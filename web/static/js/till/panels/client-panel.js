/** The client panel: find who the invoice names, or write them down with what the law asks of that type. */
import "../../base/later.js";
import { clientIn } from "../../shop/codes.js";
import { findClients, rememberClient } from "../../shop/clients.js";
import { byId, inputById, inside, onTap, show as fill, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { cleaned, cleanNif, isNif, wrongText } from "../../base/text.js";
import { mayBeExempt } from "../../sale/charged.js";
import { terms } from "../../sale/current-ticket.js";
import { asksNifOfTheDgi, clientOf, needsExemption } from "../../sale/ticket.js";

/** @typedef {import("../../sale/ticket.js").Client} Client */
/** @typedef {import("../../sale/ticket.js").ClientType} ClientType */
/** @typedef {import("../../sale/ticket.js").Ticket} Ticket */
/** @typedef {Client & {id?: string, exemption?: string}} Named  a customer, or one that is not kept */

const FOUND = 8;
/** @type {Record<ClientType, readonly string[]>} the fields each type must fill (clause 1.1.11) */
const REQUIRED = {
  PP: [],
  PM: ["nif", "name"],
  PC: ["nif", "name"],
  PL: ["nif", "name"],
  AO: ["name", "exemption"],
};
const FIELDS = /** @type {const} */ (["nif", "name", "contact", "address"]);
const TEXTS = /** @type {const} */ ([...FIELDS, "exemption"]);

/** @param {ClientType} type @param {boolean} exempted some line is of group D (clause 1.1.24) */
export const requiredFields = (type, exempted) => [
  ...new Set([...REQUIRED[type], ...(exempted ? ["exemption"] : [])]),
];

/** @param {boolean} ofTheDgi */
const nifWanted = (ofTheDgi) => (ofTheDgi ? "client.nif.dgi" : "client.nif.any");

/** @typedef {{field: string, say: string, with?: Record<string, string>}} Problem  `with` fills in the sentence */

/**
 * The first thing wrong with what was filled in, as the key of a sentence and its field, or null.
 * @param {Record<string, string>} filled @param {boolean} exempted
 * @param {boolean} [ofTheDgi] a NIF must have the DGI's shape @returns {Problem | null}
 */
export function wrong(filled, exempted, ofTheDgi = true) {
  if (!filled.type) return { field: "type", say: "client.missing.type" };
  for (const field of requiredFields(/** @type {ClientType} */ (filled.type), exempted))
    if (!filled[field]) return { field, say: `client.missing.${field}` };
  for (const field of TEXTS) {
    const found = wrongText(field, filled[field] ?? "");
    if (found) return { field, ...found };
  }
  return filled.nif && !isNif(filled.nif, ofTheDgi) ? { field: "nif", say: nifWanted(ofTheDgi) } : null;
}

/** Some line of the ticket is of group D. */
let exempted = false;
/** A NIF must have the DGI's shape: not abroad, nor where a rule says otherwise. */
let ofTheDgi = true;
/** The clients on the screen. @type {Map<string, Named>} */
let found = new Map();
/** Some line of it bears a VAT that an embassy with its document does not owe. */
let taxed = false;
/** @type {(client: Client, exemption: string, vatKept: boolean) => void} */
let save;

const form = () => /** @type {HTMLFormElement} */ (byId("client-fiche"));
const search = () => inputById("client-recherche");
/** @param {string} name */
const field = (name) => /** @type {HTMLInputElement} */ (form().elements.namedItem(name));

/** @returns {Record<string, string>} */
const filled = () => tidied(Object.fromEntries([...new FormData(form())].map(([name, value]) => [name, String(value)])));

/** Every text as the server takes it. @param {Record<string, string>} facts @returns {Record<string, string>} */
const tidied = (facts) =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, name === "nif" ? cleanNif(value) : cleaned(value)]),
  );

/**
 * The client is on the ticket; the reference is kept for the next time.
 * @param {Client} client @param {string} exemption asked of embassies and of group D
 * @param {boolean} [vatKept] the cashier wants an embassy to pay VAT all the same
 */
function done(client, exemption, vatKept = false) {
  const kept = requiredFields(client.type, exempted).includes("exemption") ? exemption : "";
  if (client.type !== "PP") void rememberClient(client, kept);
  save(client, kept, vatKept);
}

/** A client with all that this ticket asks is one tap; else the form asks the rest. @param {Named} known */
export function takeClient(known) {
  const { type, nif = "", name = "", contact = "", address = "", exemption = "" } = known;
  const facts = tidied({ type, nif, name, contact, address, exemption });
  if (wrong(facts, exempted, ofTheDgi)) ask(facts);
  else done(clientOf(facts), facts.exemption ?? "");
}

async function look() {
  const query = cleaned(search().value);
  const known = query ? await findClients(query, FOUND) : [];
  if (query !== cleaned(search().value)) return; // typed on meanwhile
  found = new Map(known.map((one) => [one.id, one]));
  fill(byId("clients-trouves"), "modele-client", known, ({ id }) => id, fillOne);
  write(byId("client-aucun"), query && !known.length ? t("client.none", { query }) : "");
}

/** @param {HTMLElement} item @param {Named} one */
function fillOne(item, { name = "", type, nif }) {
  write(inside(item, "strong"), name);
  write(inside(item, "span"), [t(`client.${type}`), nif].filter(Boolean).join(" · "));
}

/** The one client whom the text says is taken; else all whom it may mean are shown. @param {string} text */
export async function lookForClient(text) {
  search().value = text;
  const known = await clientIn(text);
  if (known) return takeClient(known);
  await look();
  if (found.size === 1) found.forEach((one) => takeClient(one));
  return undefined;
}

/** The form, with what is known already in it. @param {Record<string, string | undefined>} known */
function ask(known) {
  byId("client-choix").hidden = true;
  form().hidden = false;
  for (const radio of form().querySelectorAll("[name=type]")) {
    const choice = /** @type {HTMLInputElement} */ (radio);
    choice.checked = choice.value === known.type;
  }
  for (const name of [...FIELDS, "exemption"]) field(name).value = known[name] ?? "";
  arrange();
}

/** An embassy is freed of VAT, unless somebody says no and is asked. */
const keepsVat = () => !byId("client-sans-tva").hidden && !inputById("client-exonerer").checked;

function proposeExemption() {
  byId("client-sans-tva").hidden = !taxed || filled().type !== "AO";
  byId("client-avec-tva").hidden = !keepsVat();
  write(byId("client-avec-tva"), keepsVat() ? t("client.vat.kept") : "");
  if (keepsVat()) byId("client-avec-tva").scrollIntoView({ block: "center" });
  write(byId("client-ok"), t(keepsVat() ? "client.ok.vat" : "client.ok"));
}

/** The search, ready for three letters; what was typed while this came is looked for. */
function offer() {
  byId("client-choix").hidden = false;
  form().hidden = true;
  void look();
  queueMicrotask(() => search().focus()); // once the panel is on the screen
}

/** Only what the chosen type asks is on the screen. */
function arrange() {
  const type = /** @type {ClientType | undefined} */ (filled().type);
  const required = type ? requiredFields(type, exempted) : [];
  const useless = { nif: !type || type === "PP", exemption: !required.includes("exemption") };
  for (const name of [...FIELDS, "exemption"]) {
    const line = /** @type {HTMLElement} */ (field(name).closest(".field"));
    line.hidden = useless[/** @type {keyof useless} */ (name)] ?? !type;
    field(name).required = required.includes(name);
    field(name).removeAttribute("aria-invalid");
  }
  byId("client-pourquoi").hidden = !exempted;
  proposeExemption();
  write(byId("client-erreur"), "");
}

function chosenType() {
  arrange();
  const { type } = filled();
  field(type === "PP" || type === "AO" ? "name" : "nif").focus();
}

/** @param {Problem} problem */
function refuse({ field: name, say, with: filling }) {
  const label = form().querySelector(`label[for="${name === "type" ? "" : field(name).id}"]`);
  write(byId("client-erreur"), t(say, { ...filling, field: label?.textContent ?? "" }));
  for (const each of TEXTS) field(each).removeAttribute("aria-invalid"); // one sentence, one field
  const place = name === "type" ? inside(form(), "[name=type]") : field(name);
  if (name !== "type") place.setAttribute("aria-invalid", "true");
  place.focus();
}

function listenToForm() {
  form().noValidate = true; // our sentences, in the panel, instead of the browser's bubbles
  form().addEventListener("change", (event) => {
    if (/** @type {HTMLInputElement} */ (event.target).name === "type") chosenType();
    else proposeExemption();
  });
  form().addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = wrong(filled(), exempted, ofTheDgi);
    if (problem) refuse(problem);
    else done(clientOf(filled()), filled().exemption ?? "", keepsVat());
  });
  byId("client-autre").addEventListener("click", () => {
    search().value = "";
    offer();
  });
}

function listenToSearch() {
  search().addEventListener("input", () => void look());
  search().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // a scanner ends with it
    event.preventDefault();
    void lookForClient(search().value);
  });
  onTap(byId("clients-trouves"), "key", (key) => {
    const known = found.get(key);
    if (known) takeClient(known);
  });
  byId("client-nouveau").addEventListener("click", () => ask({}));
  byId("client-particulier").addEventListener("click", () => takeClient({ type: "PP" }));
  const camera = inside(document, "#client [data-camera]");
  camera.hidden = !("BarcodeDetector" in globalThis);
  camera.addEventListener("click", async () => (await import("../../tablet/camera-scanner.js")).camera(lookForClient));
}

/** @param {Ticket} ticket */
function show(ticket) {
  ofTheDgi = asksNifOfTheDgi(ticket, terms());
  exempted = ticket.lines.some((line) => line.tax_group === "D");
  taxed = mayBeExempt(ticket, terms());
  inputById("client-exonerer").checked = !ticket.vat_kept;
  const named = ticket.client.type !== "PP";
  byId("client-particulier").hidden = !named;
  if (named || (needsExemption(ticket) && !ticket.exemption))
    ask({ ...ticket.client, exemption: ticket.exemption });
  else offer();
}

/**
 * @param {(client: Client, exemption: string, vatKept: boolean) => void} saved called with a complete client
 * @returns {(ticket: Ticket) => void} shows the panel for a ticket
 */
export function clients(saved) {
  save = saved;
  listenToForm();
  listenToSearch();
  return show;
}
