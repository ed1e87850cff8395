/** The client panel: who the invoice names, and only the fields the law asks of that type. */
import { byId, inputById, write } from "./dom.js";

/** @typedef {import("./ticket.js").Client} Client */
/** @typedef {import("./ticket.js").ClientType} ClientType */
/** @typedef {import("./ticket.js").Ticket} Ticket */

/** @type {Record<ClientType, readonly string[]>} the fields each type must fill (clause 1.1.11) */
const REQUIRED = {
  PP: [],
  PM: ["nif", "name"],
  PC: ["nif", "name"],
  PL: ["nif", "name"],
  AO: ["name", "exemption"],
};
/** @type {Record<string, string>} */
const MISSING = {
  nif: "Le NIF du client manque.",
  name: "Le nom du client manque.",
  exemption: "La référence du document d’exonération manque.",
};
/** @type {Record<string, number>} longest texts, in bytes of UTF-8 */
const LONGEST = { nif: 16, name: 64, contact: 64, address: 64, exemption: 190 };

/** @param {string} text */
const clean = (text) =>
  text
    .normalize("NFC")
    .replace(/\p{Cc}/gu, " ")
    .trim();

/** @param {ClientType} type @param {boolean} exempted */
export const requiredFields = (type, exempted) => [
  ...new Set([...REQUIRED[type], ...(exempted ? ["exemption"] : [])]),
];

/**
 * The first thing wrong with what was filled in, as a sentence and its field, or null.
 * @param {Record<string, string>} filled @param {readonly string[]} required
 */
export function wrong(filled, required) {
  for (const field of required) if (!filled[field]) return { field, text: MISSING[field] ?? "" };
  for (const [field, most] of Object.entries(LONGEST)) {
    if (new TextEncoder().encode(filled[field] ?? "").length > most)
      return { field, text: "Ce texte est trop long." };
  }
  return null;
}

/**
 * @param {(client: Client, exemption: string) => void} save called with a complete client
 * @returns {(ticket: Ticket) => void} fills the panel from a ticket
 */
export function clients(save) {
  const form = /** @type {HTMLFormElement} */ (byId("client-fiche"));
  let exempted = false;

  /** @returns {Record<string, string>} */
  const filled = () =>
    Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, clean(String(value))]));
  const type = () => /** @type {ClientType} */ (filled().type ?? "PM");

  function arrange() {
    const required = requiredFields(type(), exempted);
    for (const input of form.querySelectorAll(".fields input")) {
      const field = /** @type {HTMLInputElement} */ (input);
      const line = /** @type {HTMLElement} */ (field.closest(".field"));
      line.hidden = field.name === "exemption" ? !required.includes("exemption") : type() === "PP";
      field.required = required.includes(field.name);
      field.removeAttribute("aria-invalid");
    }
    write(byId("client-erreur"), "");
  }

  form.noValidate = true; // our sentences, in the panel, instead of the browser's bubbles
  form.addEventListener("change", (event) => {
    if (/** @type {HTMLInputElement} */ (event.target).name === "type") arrange();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { type: chosen = "PP", exemption = "", ...fields } = filled();
    const problem = wrong(
      { ...fields, exemption },
      requiredFields(/** @type {ClientType} */ (chosen), exempted),
    );
    write(byId("client-erreur"), problem?.text ?? "");
    if (problem) return refuse(problem.field);
    const known = chosen === "PP" ? [] : Object.entries(fields).filter(([, value]) => value);
    const needed = requiredFields(/** @type {ClientType} */ (chosen), exempted).includes("exemption");
    save(/** @type {Client} */ ({ type: chosen, ...Object.fromEntries(known) }), needed ? exemption : "");
  });

  /** @param {string} name */
  function refuse(name) {
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }

  return (ticket) => {
    const { type: known, ...fields } = ticket.client;
    exempted = ticket.lines.some((line) => line.tax_group === "D");
    const asked = known === "PP" && !exempted ? "PM" : known;
    for (const radio of form.querySelectorAll("[name=type]")) {
      /** @type {HTMLInputElement} */ (radio).checked =
        /** @type {HTMLInputElement} */ (radio).value === asked;
    }
    for (const [id, value] of [
      ["client-nif", fields.nif],
      ["client-nom", fields.name],
      ["client-contact", fields.contact],
      ["client-adresse", fields.address],
      ["client-exo", ticket.exemption],
    ]) {
      inputById(/** @type {string} */ (id)).value = value ?? "";
    }
    arrange();
  };
}
