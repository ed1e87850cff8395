/** The payment panel: exact cash first, then round sums of notes, mobile money, card. */
import { byId, copyOf, inputById, inside, onTap, write } from "./dom.js";
import { amountText, francs, parseAmount, typedDecimal } from "./money.js";
import { tenders } from "./payment.js";
import { due, inCash } from "./ticket.js";

/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("./ticket.js").Payment} Payment */

const MEANS = { ESPECES: "espèces", MOBILEMONEY: "mobile money", CARTEBANCAIRE: "carte" };
const MOBILE_ADVICE = "Vérifiez votre téléphone marchand, pas le SMS du client.";
const CARD_ADVICE = "Attendez que le terminal de paiement affiche « Accepté ».";

/** @param {bigint} left @param {bigint | null} given */
function cashLabel(left, given) {
  if (given === null || given === left) return `Espèces — ${francs(left)}`;
  if (given < left) return `Espèces — ${francs(given)}, il restera ${francs(left - given)}`;
  return `Espèces — ${francs(given)} reçus, rendre ${francs(given - left)}`;
}

/** @param {readonly Payment[]} payments */
function paidLabel(payments) {
  const parts = payments.map(
    (paid) =>
      `${francs(parseAmount(paid.amount))} (${paid.provider ?? MEANS[paid.method]})`,
  );
  return parts.length ? `Déjà reçu : ${parts.join(", ")}` : "";
}

/**
 * Shows what is left to pay of a ticket; each accepted payment comes back through `pay`.
 * @param {(payment: Payment) => void} pay
 * @returns {{
 *   render: (ticket: Ticket, context: import("./ticket.js").Context) => void,
 *   cash: () => void,
 *   reset: () => void,
 * }}
 *   `cash` takes the typed sum as cash; `reset` forgets an operator that was being waited for
 */
export function payments(pay) {
  const form = /** @type {HTMLFormElement} */ (byId("attente"));
  let left = 0n;
  /** @type {bigint | null} */
  let given = null;
  /** The operator being waited for; none is a card. */
  let provider = "";
  let label = "";

  /** @param {boolean} awaited */
  function waiting(awaited) {
    form.hidden = !awaited;
    byId("moyens").hidden = awaited;
    inputById("reference").value = "";
  }

  /** @returns {Payment} */
  function electronic() {
    const amount = amountText(part());
    const reference = inputById("reference").value.trim();
    const means = provider
      ? { method: /** @type {const} */ ("MOBILEMONEY"), provider }
      : { method: /** @type {const} */ ("CARTEBANCAIRE") };
    return { ...means, amount, currency: "CDF", ...(reference && { reference }) };
  }
  const part = () => (given !== null && given < left ? given : left);

  byId("especes").addEventListener("click", () => pay(inCash(left, given ?? left)));
  onTap(byId("billets"), "sum", (sum) => pay(inCash(left, BigInt(sum))));
  onTap(byId("moyens"), "provider", (value, button) => {
    provider = value;
    label = button.textContent?.trim() ?? "";
    waiting(true);
    renderAwait();
    byId("recu").focus();
  });
  byId("autre-moyen").addEventListener("click", () => waiting(false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const payment = electronic();
    waiting(false);
    pay(payment);
  });

  function renderAwait() {
    write(byId("attente-titre"), `${label} — ${francs(part())}`);
    write(byId("attente-conseil"), provider ? MOBILE_ADVICE : CARD_ADVICE);
    write(byId("recu"), provider ? "Reçu" : "Paiement accepté");
  }

  function renderTenders() {
    const sums = given === null ? tenders(left) : [];
    byId("le-client-donne").hidden = sums.length === 0;
    byId("billets").replaceChildren(
      ...sums.map((sum) => {
        const button = copyOf("modele-somme");
        button.dataset.sum = String(sum);
        write(inside(button, "strong"), francs(sum));
        write(inside(button, "small"), `rendre ${francs(sum - left)}`);
        return button;
      }),
    );
  }

  return {
    render(ticket, context) {
      left = due(ticket, context);
      const typed = typedDecimal(ticket.typed, 2);
      given = typed === null || ticket.selected !== null ? null : parseAmount(typed);
      write(byId("reste"), francs(left));
      write(byId("deja-paye"), paidLabel(ticket.payments));
      byId("deja-paye").hidden = ticket.payments.length === 0;
      write(inside(byId("especes"), "span"), cashLabel(left, given));
      renderTenders();
      renderAwait();
    },
    cash() {
      if (given !== null) pay(inCash(left, given));
    },
    reset: () => waiting(false),
  };
}
