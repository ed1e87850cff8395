/** The till behind the names: its counter, its lamps, its sales on their way. Loaded while a PIN is typed. */
import { correctSale, isIdle, openCounter, refresh, showSales, startCounter } from "./counter.js";
import { byId, write } from "../base/dom.js";
import { face } from "./door/screens.js";
import { sending } from "../sale/sending.js";
import { isOpen } from "../sale/current-ticket.js";
import { beat, beatSoon, note, noteMemory, watchLink } from "./state/health.js";
import { listen } from "../tablet/news.js";
import { notice } from "./notices.js";
import { useZone } from "../base/times.js";
import { repaint, tick } from "./state/lamps.js";
import { sales } from "../sale/sales.js";
import { showLadder } from "./selling.js";
import { now } from "../tablet/database.js";
import { context, pull } from "../shop/supply.js";
import { whoIsOpen } from "../tablet/unlock.js";

/** @typedef {import("../sale/ticket.js").Context} Context */
/** @typedef {import("./state/state-sheet.js").Acts} Acts */
/** @typedef {Pick<Acts, "update">} Outside  what applies the next build, when one waits */

const CLOCK = 10_000;
const PULL = 5 * 60_000;

export { isIdle };

/** Who sells where, now that somebody has opened the till. Every time is that of the outlet from then on. */
async function terms() {
  const found = /** @type {Context} */ (await context());
  useZone(found.zone);
  return found;
}

/** The till as it was left, for whoever opened it. */
export async function open() {
  const opened = await terms();
  write(byId("operateur"), opened.operator);
  write(byId("point-de-vente"), opened.outlet_name);
  tick(now(), opened.zone);
  repaint(); // another language may have been chosen at the door
  face("caisse");
  await openCounter(opened);
  document.body.dataset.ready = "caisse";
}

/** The open till on the terms of this moment. */
async function renewed() {
  if (isOpen() && (await whoIsOpen())) await refresh(await terms());
}

/** What is new from the server, and the till with it. Throws when the server cannot be asked. */
export async function catchUp() {
  if (await pull()) await renewed();
}

/** What the outlet has at the DGI is known here when the server is not. */
const remember = async () => (await import("./state/outlet-sales.js")).pullOutlet();

/** What is behind the lamps and in the menu, loaded at the first tap. @param {Outside} outside */
function listenToRibbon({ update }) {
  const state = async () => (await import("./state/state-sheet.js")).openSheet({ correct: correctSale, update });
  const spoken = () => {
    repaint();
    return renewed();
  };
  byId("lampes").addEventListener("click", state);
  byId("ouvrir-menu").addEventListener("click", async () => (await import("./menu.js")).openMenu({ state, spoken }));
}

/** Every sale from now on is followed, wherever it is sent from. */
function followSales() {
  const read = sales((all, news) => {
    showSales(all);
    note({ sales: all });
    if (news?.state === "locked") note({ locked: true });
    if (news && ["poison", "refused"].includes(news.state)) navigator.vibrate?.(300);
    if (news && ["sealed", "normalised", "refused"].includes(news.state)) beatSoon();
  });
  listen((news) => {
    if (news.type === "storage") notice(news.say);
    if (news.type === "sales-changed") read();
  });
  return read();
}

/**
 * Everything that runs as long as the page does; once.
 * @param {import("../tablet/persistence.js").Defence} memory @param {Outside} outside
 */
export async function start(memory, outside) {
  startCounter((kept) => note({ kept }));
  noteMemory(memory);
  watchLink(showLadder);
  await followSales();
  sending();
  listenToRibbon(outside);
  setInterval(async () => tick(now(), (await context())?.zone ?? "UTC"), CLOCK);
  setInterval(() => catchUp().then(remember, () => {}), PULL);
  beat();
}
