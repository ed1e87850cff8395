/** The counter: what the cashier touches and scans, and all that shows of the ticket in hand. */
import { backCloses } from "./back.js";
import { catalogue } from "./panels/catalogue-panel.js";
import { parkedCarts } from "../sale/carts.js";
import { buttonById, byId, inputById, onTap, write } from "../base/dom.js";
import * as gate from "../sale/may-sell.js";
import { change, current, isOpen, onChange, onTicket, setTerms, takeUp, terms } from "../sale/current-ticket.js";
import { t } from "../base/i18n.js";
import { fetched } from "../base/fetched.js";
import { lines } from "./panels/ticket-lines.js";
import { francs } from "../base/money.js";
import { announce } from "../tablet/news.js";
import { paidLabel } from "./panels/paid.js";
import { notice, said, seen } from "./notices.js";
import { padTool } from "./pad-tool.js";
import { linesFor } from "../sale/charged.js";
import { isSettled, isStuck } from "../sale/sales.js";
import { listen } from "../tablet/keyboard-scanner.js";
import { scanning } from "./scanning.js";
import * as selling from "./selling.js";
import { strip } from "./panels/last-sale.js";
import * as ticketing from "./ticketing.js";
import * as T from "../sale/ticket.js";
import { selecting, stepped, untyped } from "../sale/typing.js";
import { types } from "./panels/invoice-types.js";

/** @typedef {import("../sale/sales.js").Sale} Sale */
/** @typedef {import("../sale/current-ticket.js").Panel} Panel */

const PANELS = /** @type {const} */ (["catalogue", "paiement", "client"]);
const REMEMBERED = 15 * 60_000; // after a restart the last sale is still of interest that long

/** @type {Sale[]} */
let sales = [];
const since = Date.now() - REMEMBERED;

const showLines = lines({
  select: (index) => onTicket(selecting(current().ticket, index)),
  step: (index, by) => ticketing.step(stepped(current().ticket, index, by), selling.lessen),
  remove: (index) => ticketing.step(T.without(current().ticket, index), selling.lessen),
  more: openMore,
});
/** From the first article on. */
const awake = fetched(() => import("../tablet/awake.js"));
/** @type {Promise<ReturnType<typeof import("./panels/spoken.js").speaker>> | undefined} */
let speaking;
const showTypes = types((type) => onTicket(T.withType(current().ticket, type)));
const showCatalogue = catalogue(ticketing.add);
const showStrip = strip({ correct: correctSale, send, print });
const guardBack = backCloses({ isOpen: () => current().panel !== "catalogue", close: () => open("catalogue") });

/** What changed of the ticket is said, from its first line on. @param {T.Ticket} ticket @param {bigint} total */
async function speak({ sale_id, lines }, total) {
  if (!lines.length && !speaking) return;
  speaking ??= import("./panels/spoken.js").then(({ speaker }) => speaker(sale_id));
  (await speaking)({ sale_id, lines }, total);
}

/** @param {Panel} panel */
async function open(panel) {
  selling.open(panel);
  if (panel !== "client") return;
  inputById("client-recherche").value = "";
  queueMicrotask(() => inputById("client-recherche").focus()); // its script may come after the first letters
  (await clientPanel())(current().ticket);
}

/** The tickets put aside, and why one is given up. Shows how many wait. */
const parkedPanel = fetched(() =>
  import("./panels/parked-tickets.js").then(({ parking }) =>
    parking({ recall, abandoned: selling.begun, total: (cart) => selling.totalOf(cart.ticket) }),
  ),
);

/** Shows how many tickets wait; where none ever did, nothing is loaded for it. */
async function showParked() {
  if (parkedPanel.begun() || (await parkedCarts()).length) await (await parkedPanel())();
}

/** Asks why the ticket is given up. */
async function abandon() {
  await parkedPanel();
  const paid = paidLabel(current().ticket.payments, "abandon.paid");
  write(byId("abandon-argent"), paid);
  byId("abandon-argent").hidden = paid === "";
  byId("abandon").showPopover();
}

/** What asks who the invoice names: it comes with the first article. Shows the panel for a ticket. */
const clientPanel = fetched(() =>
  import("./panels/client-panel.js").then(({ clients }) =>
    clients((client, exemption, vatKept) =>
      change({ ticket: T.withClient(current().ticket, client, exemption, vatKept), panel: "paiement" }),
    ),
  ),
);

async function park() {
  await selling.parkNow();
  await showParked();
}

/** @param {string} saleId */
async function recall(saleId) {
  await selling.recall(saleId);
  await showParked();
}

/** A stuck sale is the ticket in hand again; what was in hand waits. @param {Sale} sale */
export async function correctSale(sale) {
  await selling.correct(sale);
  await showParked();
}

/** A sale was printed: who shows it looks again. */
const changed = () => announce({ type: "sales-changed" });

/** @param {Sale} sale */
async function send(sale) {
  const { share } = await import("./papers/share-panel.js");
  await share(sale);
}

/** @param {Sale} sale */
async function print(sale) {
  const { printDuplicate, printOriginal, whyNoPaper } = await import("./papers/prints.js");
  try {
    await (sale.printed ? printDuplicate : printOriginal)(sale.sale_id);
    changed();
  } catch (refusal) {
    said(whyNoPaper(refusal));
  }
}

/** @param {string} key */
function press(key) {
  const { ticket, panel } = current();
  if (key !== "ok") return ticketing.press(key);
  if (panel === "paiement") return selling.payment.cash();
  const code = T.waiting(ticket);
  onTicket(T.settled(ticket));
  return code ? scanText(code) : undefined;
}

const scan = scanning({
  article: ticketing.addScanned,
  client: async (client, exemption) => {
    if (current().panel !== "client") return named(client, exemption);
    return (await import("./panels/client-panel.js")).takeClient({ ...client, exemption });
  },
  paper: openHistory,
  lookForClient: async (text) => (await import("./panels/client-panel.js")).lookForClient(text),
});
/** @param {string} text */
const scanText = (text) => scan({ readings: [text], quiet: Infinity });

/** @param {T.Client} client @param {string} [exemption] */
function named(client, exemption = "") {
  notice();
  change({ ticket: T.withClient(current().ticket, client, exemption) });
}

/** @param {number | null} index of a line, or none */
async function openMore(index) {
  const { more } = await import("./panels/more-panel.js");
  more({ ticket: current().ticket, context: terms(), index, change: (next) => ticketing.step(next, onTicket) });
}

/** @param {string} [saleId] */
async function openHistory(saleId) {
  const { history } = await import("./papers/history.js");
  history({ onPaper: changed }).open(saleId);
}

function render() {
  if (!isOpen()) return;
  const { ticket, panel, view } = current();
  const empty = T.isEmpty(ticket);
  const last = shownSale();
  for (const name of PANELS) byId(name).hidden = name !== panel;
  Object.assign(byId("caisse").dataset, { panel, view });
  for (const tab of document.querySelectorAll(".tab")) {
    tab.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (tab).dataset.show === view));
  }
  showLines(ticket, panel === "paiement");
  showTypes.render(ticket);
  if (panel === "paiement") selling.payment.render(ticket, terms());
  showStrip(last, !empty);
  byId("ticket-vide").hidden = !empty || last !== undefined;
  renderActs(ticket, panel);
  if (!empty) void Promise.allSettled([selling.ready(), clientPanel(), awake()]);
  if (awake.begun()) awake().then(({ stayAwake }) => stayAwake(!empty), () => {}); // without a link it stays as it is
  guardBack();
}

/** What a person must see first: a sale that is stuck, else the last one. */
const shownSale = () =>
  sales.find((sale) => isStuck(sale) && sale.sale_id !== current().ticket.replaces) ??
  sales.filter((sale) => !isSettled(sale) || sale.at > since).at(-1);

/** @param {T.Ticket} ticket @param {Panel} panel */
function renderActs(ticket, panel) {
  const total = selling.totalOf(ticket);
  write(byId("total"), francs(total));
  speak({ ...ticket, lines: [...linesFor(ticket, terms())] }, total).catch(() => {}); // it did not come: no link
  write(byId("encaisser"), t("till.cash-in", { client: t(`till.client.${ticket.client.type}`) }));
  const idle = T.isEmpty(ticket) || panel !== "catalogue";
  for (const id of ["encaisser", "choisir-client"]) buttonById(id).disabled = idle;
  for (const id of ["mettre-en-attente", "abandonner", "plus-du-ticket"]) byId(id).hidden = idle;
}

/** F1 to F12, but for F5 and F11: the browser keeps them. @param {KeyboardEvent} event */
function touchByKey(event) {
  if (!/^F([1-46-9]|10|12)$/.test(event.key) || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (byId("caisse").hidden || byId("caisse").inert) return;
  event.preventDefault(); // the browser has another use for most of them
  void import("./shortcuts.js").then(({ press: touch }) => touch(event.key));
}

/** The cursor comes back to its place after a reload. @param {Event} event */
function remember({ target }) {
  const field = target instanceof HTMLInputElement ? target.id : "";
  if (isOpen() && field !== current().field) change({ field });
}

function listenToTaps() {
  padTool();
  onTap(byId("pave"), "key", press);
  onTap(byId("caisse"), "back", () => open("catalogue"));
  onTap(byId("caisse"), "show", (view) => change({ view }));
  byId("avis").addEventListener("click", seen);
  byId("choisir-client").addEventListener("click", () => open("client"));
  byId("plus-du-ticket").addEventListener("click", () => openMore(null));
  byId("encaisser").addEventListener("click", () => selling.cashIn(open));
  byId("mettre-en-attente").addEventListener("click", park);
  byId("abandonner").addEventListener("click", abandon);
  byId("ouvrir-historique").addEventListener("click", () => openHistory());
  byId("ouvrir-camera").hidden = !("BarcodeDetector" in window);
  byId("ouvrir-camera").addEventListener("click", async () => (await import("../tablet/camera-scanner.js")).camera(scanText));
  byId("caisse").addEventListener("focusin", remember);
  listen({
    press,
    scan,
    heard: () => isOpen() && !byId("caisse").hidden && !byId("caisse").inert,
    mark: () => {
      const before = current().ticket;
      return () => void onTicket(untyped(current().ticket, before));
    },
  });
}

/** The till as it was left, on those terms. @param {T.Context} context */
export async function openCounter(context) {
  agree(context);
  await takeUp();
  if (current().panel === "client") (await clientPanel())(current().ticket);
  if (current().panel === "paiement") await selling.ready().catch(() => {});
  await Promise.all([showCatalogue(), showParked()]);
  render();
  selling.showLadder();
  if (current().field) inputById(current().field).focus();
}

/** @param {T.Context} context */
function agree(context) {
  setTerms(context);
  gate.learn({ offline: context.offline });
  if (context.offline.policy !== "provisoire") return;
  selling.paper().catch(() => {}); // what sells without a link is here before the link is gone
  selling.ready().catch(() => {});
}

/** Prices, taxes or words changed under the till. @param {T.Context} context */
export async function refresh(context) {
  agree(context);
  await Promise.all([showCatalogue(), showParked()]);
  render();
  selling.showLadder();
}

/** @param {Sale[]} all */
export function showSales(all) {
  sales = all;
  gate.learn({ sales });
  render();
  if (isOpen()) selling.showLadder();
}

/** Whether a reload would disturb nobody. */
export const isIdle = () => T.isEmpty(current().ticket) && !selling.isBusy();

/** @param {(kept: boolean) => void} kept hears whether the last change, or sale, is stored */
export function startCounter(kept) {
  onChange(render, kept);
  selling.onSale(kept);
  listenToTaps();
  document.addEventListener("keydown", touchByKey);
}
