/** The till: one state, changed by taps and answers, stored at every change, then shown. */
import { fetched } from "./ask.js";
import { catalogue } from "./catalogue.js";
import { clients } from "./client.js";
import { byId, onTap, write } from "./dom.js";
import * as drafts from "./drafts.js";
import { lines } from "./lines.js";
import { francs } from "./money.js";
import { payments } from "./pay.js";
import { follow, unsettled } from "./queue.js";
import { listen } from "./scan.js";
import { scanned } from "./search.js";
import { isFinal } from "./send.js";
import { strip } from "./strip.js";
import { tablet } from "./tablet.js";
import * as T from "./ticket.js";
import { uuid7 } from "./uuid.js";

/** @typedef {import("./queue.js").Sale} Sale */
/** @typedef {import("./send.js").Outcome} Outcome */
/** @typedef {"catalogue" | "paiement" | "client"} Panel */
/** @typedef {{ticket: T.Ticket, parked: T.Ticket[], sales: Sale[], panel: Panel, view: string}} State */

const LABELS = { PP: "Particulier", PM: "Société", PC: "Commerçant", PL: "Prof. libérale", AO: "Ambassade" };
const PANELS = /** @type {const} */ (["catalogue", "paiement", "client"]);

/** @type {State} */
let state = { ticket: T.opened(uuid7()), parked: [], sales: [], panel: "catalogue", view: "articles" };
/** @type {T.Context & {outlet_name: string}} */
let context;
/** @type {T.Article[]} */
let articles;
/** Whether the last change is stored; a sale leaves only from a stored state. */
let kept = true;

const showLines = lines({
  select: (index) => onTicket(T.selecting(state.ticket, index)),
  step: (index, by) => onTicket(T.stepped(state.ticket, index, by)),
  remove: (index) => onTicket(T.without(state.ticket, index)),
});
const payment = payments(pay);
const showClient = clients((client, exemption) =>
  change({ ticket: T.withClient(state.ticket, client, exemption), panel: "paiement" }),
);
const showStrip = strip(correct);
const showTablet = tablet();

/** The state with `part` in it is shown at once, then stored. @param {Partial<State>} part */
async function change(part) {
  state = { ...state, ...part };
  if (T.isEmpty(state.ticket)) state.panel = "catalogue";
  render();
  kept = await drafts.put("state", state).then(
    () => true,
    () => false,
  );
  showTablet(state.sales, kept);
}

/** @param {T.Ticket} ticket */
const onTicket = (ticket) => change({ ticket });

/** @param {T.Article} article */
function add(article) {
  if (state.ticket.payments.length) return; // part of the money is in the drawer: finish, or go back first
  const ticket = T.withArticle(state.panel === "paiement" ? T.settled(state.ticket) : state.ticket, article);
  if (!T.isComputable(ticket, context)) {
    notice(`« ${article.name} » ne peut pas être vendu : son prix ou son groupe de taxe est à corriger.`);
    return;
  }
  notice("");
  change({ ticket, panel: "catalogue" });
}

/** @param {Panel} panel */
function open(panel) {
  payment.reset();
  if (panel === "client") showClient(state.ticket);
  change({ panel, ticket: T.unpaid(state.ticket), view: panel === "catalogue" ? "ticket" : "articles" });
}

/** @param {T.Payment} paid */
function pay(paid) {
  const ticket = T.withPayment(state.ticket, paid);
  if (T.due(ticket, context) > 0n) change({ ticket });
  else freeze(ticket);
}

/**
 * The paid ticket becomes bytes that never change; only once they are stored do they leave.
 * @param {T.Ticket} ticket
 */
async function freeze(ticket) {
  const before = state;
  /** @type {Sale} */
  const sale = {
    sale_id: ticket.sale_id,
    body: JSON.stringify(T.toSale(ticket, context, new Date())),
    state: "sending",
    ticket,
    total: String(T.taxOfTicket(ticket, context).totals.total),
  };
  const [next = T.opened(uuid7()), ...parked] = state.parked;
  await change({
    ticket: next,
    parked,
    sales: [...unsettled(state.sales), sale],
    panel: "catalogue",
    view: "ticket",
  });
  if (kept) await follow(sale, heard);
  else change(before);
}

/** @param {string} saleId @param {Outcome} outcome */
function heard(saleId, outcome) {
  const sales = state.sales.map((sale) =>
    sale.sale_id === saleId ? { ...sale, state: outcome.state, outcome } : sale,
  );
  if (outcome.state === "rejected") navigator.vibrate?.(300);
  if (outcome.answer) byId("lampes").dispatchEvent(new Event("sold")); // the ribbon asks again
  change({ sales });
}

/**
 * A stuck sale is the open ticket again. A rejected one left nothing behind and keeps its id;
 * one the control module refused is replaced under a new id.
 * @param {Sale} sale
 */
async function correct(sale) {
  const again = T.unpaid(sale.ticket);
  const ticket = sale.state === "refused" ? { ...again, sale_id: uuid7(), replaces: sale.sale_id } : again;
  const parked = T.isEmpty(state.ticket) ? state.parked : [state.ticket, ...state.parked];
  change({ ticket, parked, sales: state.sales.filter((other) => other !== sale), view: "ticket" });
  context = await fetched("/caisse/contexte.json"); // the tax table may have changed under the sale
  render();
}

/** @param {string} key */
function press(key) {
  if (key !== "ok") return onTicket(T.pressed(state.ticket, key));
  if (state.panel === "paiement") return payment.cash();
  if (state.ticket.selected !== null || !state.ticket.typed) return onTicket(T.settled(state.ticket));
  const code = state.ticket.typed;
  onTicket(T.settled(state.ticket));
  return scan(code);
}

/** @param {string} code */
function scan(code) {
  const article = scanned(articles, code);
  return article ? add(article) : notice(`Aucun article n’a le code ${code}.`);
}

/** @param {string} text said under the articles, or nothing */
function notice(text) {
  byId("aucun-article").hidden = text === "";
  write(byId("aucun-article"), text);
}

function render() {
  const { ticket, panel, view, sales } = state;
  const empty = T.isEmpty(ticket);
  for (const name of PANELS) byId(name).hidden = name !== panel;
  Object.assign(document.body.dataset, { panel, view });
  for (const tab of document.querySelectorAll(".tab")) {
    tab.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (tab).dataset.show === view));
  }
  showLines(ticket);
  if (panel === "paiement") payment.render(ticket, context);
  showStrip(sales, !empty);
  byId("ticket-vide").hidden = !empty || sales.length > 0;
  renderPayBar(ticket, panel);
}

/** @param {T.Ticket} ticket @param {Panel} panel */
function renderPayBar(ticket, panel) {
  write(byId("total"), francs(T.taxOfTicket(ticket, context).totals.total));
  write(byId("encaisser"), `Encaisser · ${LABELS[ticket.client.type]}`);
  for (const id of ["encaisser", "choisir-client"]) {
    /** @type {HTMLButtonElement} */ (byId(id)).disabled = T.isEmpty(ticket) || panel !== "catalogue";
  }
}

function listenToTaps() {
  onTap(byId("pave"), "key", press);
  onTap(document.body, "back", () => open("catalogue"));
  onTap(document.body, "show", (view) => change({ view }));
  byId("choisir-client").addEventListener("click", () => open("client"));
  byId("encaisser").addEventListener("click", () =>
    open(T.needsExemption(state.ticket) && !state.ticket.exemption ? "client" : "paiement"),
  );
  listen({
    press,
    scan,
    begin: () => {
      const before = state.ticket;
      return () => void change({ ticket: before });
    },
  });
}

/** The till as it was left, then the sales that still travel. */
async function start() {
  const [stored, now, list] = await Promise.all([
    drafts.get("state"),
    fetched("/caisse/contexte.json"),
    fetched("/caisse/articles.json"),
  ]);
  state = { ...state, ...stored };
  context = now;
  articles = list.items;
  for (const place of document.querySelectorAll("[data-text]")) {
    write(place, now[/** @type {HTMLElement} */ (place).dataset.text ?? ""] ?? "");
  }
  catalogue(articles, add);
  if (state.panel === "client") showClient(state.ticket);
  listenToTaps();
  render();
  showTablet(state.sales, kept);
  document.body.dataset.ready = "";
  for (const sale of state.sales) if (!isFinal(sale.state) || sale.state === "locked") follow(sale, heard);
}

start();
