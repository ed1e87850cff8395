/** The client panel: find who the invoice names, or write them down with what the law asks of that type. */
import { clientIn } from "../../shop/codes.js";
import { findClients, rememberClient } from "../../shop/clients.js";
import { byId, inputById, inside, onTap, show as fill, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { clientOf, needsExemption } from "../../sale/ticket.js";

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
/** @type {Record<string, number>} longest texts, in bytes of UTF-8 */
const LONGEST = { nif: 16, name: 64, contact: 64, address: 64, exemption: 190 };

/** @param {string} text */
const clean = (text) =>
  text
    .normalize("NFC")
    .replace(/\p{Cc}/gu, " ")
    .trim();

/** @param {ClientType} type @param {boolean} exempted some line is of group D (clause 1.1.24) */
export const requiredFields = (type, exempted) => [
  ...new Set([...REQUIRED[type], ...(exempted ? ["exemption"] : [])]),
];

/**
 * The first thing wrong with what was filled in, as the key of a sentence and its field, or null.
 * @param {Record<string, string>} filled @param {boolean} exempted
 */
export function wrong(filled, exempted) {
  if (!filled.type) return { field: "type", say: "client.missing.type" };
  for (const field of requiredFields(/** @type {ClientType} */ (filled.type), exempted))
    if (!filled[field]) return { field, say: `client.missing.${field}` };
  for (const [field, most] of Object.entries(LONGEST)) {
    if (new TextEncoder().encode(filled[field] ?? "").length > most) return { field, say: "client.too-long" };
  }
  return null;
}

/** Some line of the ticket is of group D. */
let exempted = false;
/** The clients on the screen. @type {Map<string, Named>} */
let found = new Map();
/** @type {(client: Client, exemption: string) => void} */
let save;

const form = () => /** @type {HTMLFormElement} */ (byId("client-fiche"));
const search = () => inputById("client-recherche");
/** @param {string} name */
const field = (name) => /** @type {HTMLInputElement} */ (form().elements.namedItem(name));

/** @returns {Record<string, string>} */
const filled = () =>
  Object.fromEntries([...new FormData(form())].map(([name, value]) => [name, clean(String(value))]));

/**
 * The client is on the ticket; the reference is kept for the next time.
 * @param {Client} client @param {string} exemption asked of embassies and of group D
 */
function done(client, exemption) {
  const kept = requiredFields(client.type, exempted).includes("exemption") ? exemption : "";
  if (client.type !== "PP") void rememberClient(client, kept);
  save(client, kept);
}

/** A client with all that this ticket asks is one tap; else the form asks the rest. @param {Named} known */
function choose(known) {
  const facts = /** @type {Record<string, string>} */ ({ ...known });
  if (wrong(facts, exempted)) ask(facts);
  else done(clientOf(facts), known.exemption ?? "");
}

async function look() {
  const query = clean(search().value);
  const known = query ? await findClients(query, FOUND) : [];
  if (query !== clean(search().value)) return; // typed on meanwhile
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
async function read(text) {
  search().value = text;
  const known = await clientIn(text);
  if (known) return choose(known);
  await look();
  if (found.size === 1) found.forEach(choose);
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

/** The search, empty and ready for three letters. */
function offer() {
  byId("client-choix").hidden = false;
  form().hidden = true;
  search().value = "";
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
  write(byId("client-erreur"), "");
}

function chosenType() {
  arrange();
  const { type } = filled();
  field(type === "PP" || type === "AO" ? "name" : "nif").focus();
}

/** @param {{field: string, say: string}} problem */
function refuse({ field: name, say }) {
  write(byId("client-erreur"), t(say));
  const place = name === "type" ? inside(form(), "[name=type]") : field(name);
  if (name !== "type") place.setAttribute("aria-invalid", "true");
  place.focus();
}

function listenToForm() {
  form().noValidate = true; // our sentences, in the panel, instead of the browser's bubbles
  form().addEventListener("change", (event) => {
    if (/** @type {HTMLInputElement} */ (event.target).name === "type") chosenType();
  });
  form().addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = wrong(filled(), exempted);
    if (problem) refuse(problem);
    else done(clientOf(filled()), filled().exemption ?? "");
  });
  byId("client-autre").addEventListener("click", offer);
}

function listenToSearch() {
  search().addEventListener("input", () => void look());
  search().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // a scanner ends with it
    event.preventDefault();
    void read(search().value);
  });
  onTap(byId("clients-trouves"), "key", (key) => {
    const known = found.get(key);
    if (known) choose(known);
  });
  byId("client-nouveau").addEventListener("click", () => ask({}));
  byId("client-particulier").addEventListener("click", () => choose({ type: "PP" }));
  const camera = inside(document, "#client [data-camera]");
  camera.hidden = !("BarcodeDetector" in globalThis);
  camera.addEventListener("click", async () => (await import("../../tablet/camera-scanner.js")).camera(read));
}

/** @param {Ticket} ticket */
function show(ticket) {
  exempted = ticket.lines.some((line) => line.tax_group === "D");
  const named = ticket.client.type !== "PP";
  byId("client-particulier").hidden = !named;
  if (named || (needsExemption(ticket) && !ticket.exemption))
    ask({ ...ticket.client, exemption: ticket.exemption });
  else offer();
}

/**
 * @param {(client: Client, exemption: string) => void} saved called with a complete client
 * @returns {(ticket: Ticket) => void} shows the panel for a ticket
 */
export function clients(saved) {
  save = saved;
  listenToForm();
  listenToSearch();
  return show;
}
