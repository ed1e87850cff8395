/** The sales of this till, by day; any sale by its number; and the paper of each. */
import "../../base/later.js";
import { buttonById, byId, icon, inputById, inside, onTap, show, write } from "../../base/dom.js";
import { holding } from "../../base/holding.js";
import { t } from "../../base/i18n.js";
import { francs, parseAmount } from "../../base/money.js";
import { dayAndTime, dayOf } from "../../base/times.js";
import { recent, sealedByNumber, sealedOf } from "../../sale/sealed.js";
import { articlesOf, dayTotal, salesOf } from "./past-sales.js";
import { printDuplicate, printOriginal, whyNoPaper } from "./prints.js";
import { answerOf, share } from "./share-panel.js";
import { now } from "../../tablet/database.js";
import { ask } from "../../tablet/wire.js";

/**
 * @typedef {import("./share-panel.js").Sent & {printed: string,
 *   ticket: {lines?: {name: string, quantity: string}[]}}} Kept  a sale as it is kept here
 */
/**
 * @typedef {{sale_id: string, number: string, code: string, at: string, total: string, status: string,
 *   client: string, articles: string, receipt: string, printed: boolean, kept: Kept}} Listed  what the screen says of it
 */

const SHOWN = 50;
const PATIENCE = 8000;
const AGAIN = 3000;
/** @type {Record<string, string>} */
const LAMPS = { normalised: "green", sealed: "amber", in_doubt: "amber", refused: "red" };

/** @param {Kept} kept @returns {Listed} */
export function saleOf(kept) {
  const { sale_id, status, security, links, normalisation } = answerOf(kept);
  const { name, type } = kept.ticket.client;
  return {
    sale_id,
    status,
    kept,
    number: security.fiscal_number,
    code: normalisation?.code_def_dgi ?? "",
    at: security.timestamp,
    total: francs(BigInt(kept.total)),
    client: name ?? t(`client.${type}`),
    articles: articlesOf(kept.ticket.lines ?? []),
    receipt: links.receipt,
    printed: kept.printed === "sent",
  };
}

/** A sale of any till, as the server has it. @param {string} key @returns {Promise<Kept>} */
async function asked(key) {
  const answer = await ask(`/api/v1/invoices/${key}`);
  const total = String(parseAmount(answer.totals.total));
  // A paper in the customer's hands was printed, on whatever till it was.
  return { answer, total, ticket: { client: answer.invoice.client, lines: answer.invoice.items }, printed: "sent" };
}

/** @param {string} typed anything of the number, the code, the client, the articles, the sum @returns {(sale: Listed) => boolean} */
function matches(typed) {
  const holds = holding(typed);
  return ({ number, code, client, articles, total }) => holds(`${number} ${code} ${client} ${articles} ${total}`);
}

/** @param {import("./prints.js").Paper} paper */
const wordOf = ({ copy }) => (copy === "original" ? "paper.done.original" : "paper.done.duplicate");

/** @typedef {{onPaper: (saleId: string) => void}} Papers  hears of each paper that is on the screen */
/** @typedef {{open: (key?: string) => Promise<void>}} History  the list, or one sale by its id or fiscal number */

/** @type {Papers} */
let papers;
let listening = false;
/** @type {Listed[]} */
let sales = [];
/** @type {Listed | undefined} */
let chosen;
/** @type {ReturnType<typeof setTimeout> | undefined} the next look at what is on its way */
let following;

const search = () => inputById("historique-recherche");
const dayField = () => inputById("historique-jour");
const paperButton = () => buttonById("historique-imprimer");
const receiptLink = () => /** @type {HTMLAnchorElement} */ (byId("historique-recu"));

/** @param {Listed} sale */
const stateOf = ({ printed, status }) => t(printed ? "paper.printed" : `paper.${status}`);

/** @param {HTMLElement} item @param {Listed} sale */
function fill(item, sale) {
  write(inside(item, ".row-main"), sale.number);
  write(inside(item, ".row-amount"), sale.total);
  write(inside(item, ".row-more"), [dayAndTime(sale.at), sale.articles, sale.client, stateOf(sale)].join(" · "));
}

function list() {
  const found = sales.filter(matches(search().value));
  show(byId("historique-liste"), "modele-historique", found, (sale) => sale.sale_id, fill);
  write(byId("historique-vide"), found.length ? "" : t(sales.length ? "history.none" : "history.empty"));
  byId("historique-tout").hidden = false;
  byId("historique-vente").hidden = true;
}

/** @param {Listed} sale @param {string} [said] @param {string} [paper] */
function detail(sale, said = "", paper = sale.receipt) {
  chosen = sale;
  showState(sale);
  write(byId("historique-numero"), sale.number);
  write(byId("historique-code"), sale.code && `Code DEF/DGI ${sale.code}`);
  write(byId("historique-quoi"), [dayAndTime(sale.at), sale.articles, sale.client, sale.total].join(" · "));
  write(inside(paperButton(), "span"), t(sale.printed ? "paper.duplicate" : "paper.original"));
  paperButton().hidden = sale.status !== "normalised"; // SFE 1.1.5
  paperButton().disabled = false;
  receiptLink().href = paper;
  write(byId("historique-dit"), said);
  byId("historique-tout").hidden = true;
  byId("historique-vente").hidden = false;
  byId("historique-envois").replaceChildren();
  void showSent(sale);
}

/** @typedef {{to: string, state: string, reason: string}} Email  an e-mail with the receipt */

/** How far its e-mails are, when the server can be asked; those on their way are followed. @param {Listed} sale */
async function showSent(sale) {
  clearTimeout(following);
  const emails = await ask(`/caisse/ventes/${sale.sale_id}/envois`, PATIENCE).catch(() => undefined);
  if (chosen !== sale || byId("historique-vente").hidden || !emails) return;
  const place = byId("historique-envois");
  const words = emails.items.map((/** @type {Email} */ { to, state, reason }) => t(`share.${state}`, { to, reason }));
  const lines = words.map((/** @type {string} */ text) =>
    Object.assign(document.createElement("li"), { textContent: text }),
  );
  const same = words.join() === [...place.children].map(({ textContent }) => textContent).join();
  if (!same) place.replaceChildren(...lines);
  const open = byId("historique").matches(":popover-open");
  const moving = emails.items.some((/** @type {Email} */ { state }) => state === "queued");
  if (open && moving) following = setTimeout(() => void showSent(sale), AGAIN);
}

/** @param {Listed} sale */
function showState(sale) {
  const lamp = LAMPS[sale.status] ?? "grey";
  const place = byId("historique-etat");
  place.dataset.state = lamp;
  inside(place, "span").replaceChildren(icon(`lamp-${lamp}`));
  write(inside(place, "strong"), stateOf(sale));
}

/** The sale of that id or number: as it is kept here, else as the server knows it. @param {string} key */
async function saleAt(key) {
  const shown = sales.find(({ number, sale_id: id }) => number === key || id === key);
  if (shown) return shown;
  const kept = (await sealedOf(key)) ?? (await sealedByNumber(key));
  return saleOf(kept ?? (await asked(key)));
}

/** @param {string} key */
async function choose(key) {
  try {
    detail(await saleAt(key));
  } catch {
    list();
    write(byId("historique-vide"), t("history.unknown", { number: key }));
  }
}

/** @param {Listed} sale */
async function print(sale) {
  paperButton().disabled = true;
  try {
    const paper = await (sale.printed ? printDuplicate : printOriginal)(sale.sale_id);
    sale.printed = true;
    detail(sale, paper.shown ? t(wordOf(paper)) : t("paper.blocked"), paper.paper);
    papers.onPaper(sale.sale_id);
  } catch (error) {
    detail(sale, whyNoPaper(error));
  }
}

function listen() {
  listening = true;
  onTap(byId("historique-liste"), "key", (key) => void choose(key));
  search().addEventListener("input", list);
  dayField().addEventListener("change", () => void read());
  byId("historique-chercher").addEventListener("submit", (event) => {
    event.preventDefault();
    if (search().value.trim()) void choose(search().value.trim().toUpperCase());
  });
  paperButton().addEventListener("click", () => chosen && void print(chosen));
  byId("historique-retour").addEventListener("click", list);
  byId("historique-envoyer").addEventListener("click", () => {
    byId("historique").hidePopover();
    if (chosen) void share(chosen.kept);
  });
}

/** The last sales, or those of the day that was chosen, and what that day comes to. */
async function read() {
  const day = dayField().value;
  const ofDay = await salesOf(day || dayOf(now()));
  sales = (day ? ofDay : await recent(SHOWN)).map(saleOf);
  write(byId("historique-total"), t(day ? "history.of-day" : "history.today", { total: dayTotal(ofDay) }));
  list();
}

/** @param {string} [key] */
async function open(key) {
  search().value = "";
  dayField().value = "";
  await read();
  byId("historique").showPopover();
  if (key) await choose(key);
}

/** @param {Papers} hears @returns {History} */
export function history(hears) {
  papers = hears;
  if (!listening) listen();
  return { open };
}
