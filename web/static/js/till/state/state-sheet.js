/** The sheet behind the lamps: what is not sent yet, and how this till is. */
import "../../base/later.js";
import { buttonById, byId, icon, inside, onTap, show, write } from "../../base/dom.js";
import { giveUp } from "./give-up.js";
import { measures } from "./health.js";
import { t } from "../../base/i18n.js";
import { figures, francs } from "../../base/money.js";
import { clockTime } from "../../base/times.js";
import { meaningOf, outletSale, pullOutlet, refusedHere, renderOutlet } from "./outlet-sales.js";
import { lamps } from "./lamps.js";
import { isStuck, isTravelling } from "../../sale/sales.js";
import { LAMP_OF, reasonOf } from "../panels/last-sale.js";
import { build } from "../../tablet/update.js";

/** @typedef {import("../../sale/sales.js").Sale} Sale */
/**
 * @typedef {{correct: (sale: Sale) => Promise<void>, update: () => (() => void) | undefined}} Acts
 *   `update`: what applies the next build, when one waits
 */

const SHOWN = 20;
const LOOK = 1000;
const ASK = 10_000;
const MINUTE = 60_000;
const MEGA = 1_000_000;

/** A time that passed, in the largest unit that says something. @param {number} ms */
export function age(ms) {
  const minutes = Math.floor(ms / MINUTE);
  if (minutes < 1) return t("age.now");
  return minutes < 60 ? t("age.minutes", { count: minutes }) : t("age.hours", { count: Math.floor(minutes / 60) });
}

/** Where a sale is, in one word. @param {Sale} sale */
function wordOf({ sale_id, printed, state }) {
  if (printed && state === "normalised") return t("sale.printed");
  return t(state === "waiting" && outletSale(sale_id)?.state === "failed" ? "sale.failed" : `sale.${state}`);
}

/** Why a person must act, or need not; else what was sold when. @param {Sale} sale */
function moreOf(sale) {
  const unfinished = outletSale(sale.sale_id);
  if (isStuck(sale)) return reasonOf(sale);
  if (sale.state === "in_doubt") return t("outlet.in_doubt");
  const what = `${clockTime(sale.at)} · ${sale.ticket.lines[0]?.name ?? ""}`;
  return sale.state === "waiting" && unfinished && meaningOf(unfinished) ? `${what}. ${meaningOf(unfinished)}` : what;
}

/** @param {HTMLElement} row @param {Sale} sale */
function fillSale(row, sale) {
  const lamp = LAMP_OF[sale.state];
  row.dataset.state = lamp;
  const place = inside(row, ".sale-state");
  if (place.dataset.lamp !== lamp) place.replaceChildren(icon(`lamp-${lamp}`));
  place.dataset.lamp = lamp;
  write(inside(row, ".row-main"), wordOf(sale));
  write(inside(row, ".row-amount"), francs(BigInt(sale.total)));
  write(inside(row, ".row-more"), moreOf(sale));
  inside(row, ".sale-tools").hidden = !isStuck(sale);
  write(inside(row, "[data-correct]"), t(sale.state === "refused" ? "sale.again" : "sale.correct"));
  inside(row, "[data-giveup]").hidden = sale.state !== "poison"; // a sealed one is never given up
}

/** What waits first, then the last ones. @param {readonly Sale[]} sales */
const ordered = (sales) =>
  [...sales].sort((a, b) => Number(isTravelling(b) || isStuck(b)) - Number(isTravelling(a) || isStuck(a)) || b.at - a.at);

function renderLamps() {
  byId("etat-lampes").replaceChildren(
    ...[...lamps()].map(([name, light]) => {
      const place = document.createElement("div");
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      place.className = "state";
      place.dataset.state = light.state;
      term.textContent = `${t(`ribbon.${name}`)} — ${t(light.say, light.with)}`;
      text.textContent = t(`${light.say}.more`, light.with);
      place.append(icon(`lamp-${light.state}`), term, text);
      return place;
    }),
  );
}

/** @returns {[string, string][]} */
function facts() {
  const { count, oldest, bytes, usage, quota, persisted, offset, lost, now } = measures();
  const mega = (/** @type {number} */ size) => figures(BigInt(Math.round(size / MEGA)) * 100n);
  return [
    [t("fact.waiting"), count ? t("fact.waiting.some", { count, age: age(now - (oldest ?? now)), bytes }) : t("fact.waiting.none")],
    [t("fact.storage"), t(persisted ? "fact.storage.kept" : "fact.storage.loose", { usage: mega(usage), quota: mega(quota) })],
    [t("fact.clock"), Math.abs(offset) < 1000 ? t("fact.clock.right") : t("fact.clock.off", { count: Math.round(Math.abs(offset) / 1000) })],
    [t("fact.build"), build() || "—"],
    ...lost.map((other) => /** @type {[string, string]} */ ([t("fact.lost"), t(`lost.${other.why}`, { ...other })])),
  ];
}

function renderFacts() {
  byId("mesures").replaceChildren(
    ...facts().flatMap(([name, value]) => {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      text.textContent = value;
      return [term, text];
    }),
  );
}

/** @param {Acts} acts */
function render(acts) {
  const { sales, count } = measures();
  const shown = ordered(sales).slice(0, Math.max(SHOWN, count));
  write(byId("file-titre"), t("queue.title", { count }));
  show(byId("file"), "modele-vente", shown, (sale) => sale.sale_id, fillSale);
  renderOutlet(new Set(shown.map((sale) => sale.sale_id)));
  renderLamps();
  renderFacts();
  buttonById("mettre-a-jour").hidden = acts.update() === undefined;
}

/** @type {((id: string) => Sale | undefined)} */
const saleOf = (id) => measures().sales.find((sale) => sale.sale_id === id);

/** The sale is the ticket in hand again, and the sheet away. @param {Acts} acts @param {Sale} sale */
function correct(acts, sale) {
  byId("etat").hidePopover();
  acts.correct(sale);
}

/** @param {Acts} acts */
function listenToSales(acts) {
  byId("file").addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    const sale = saleOf(button?.closest("li")?.dataset.key ?? "");
    if (!button || !sale) return;
    if ("giveup" in button.dataset) void giveUp(sale, () => render(acts));
    else correct(acts, sale);
  });
  onTap(byId("autres"), "again", (_, button) => {
    const sale = refusedHere(button.closest("li")?.dataset.key ?? "");
    if (sale) correct(acts, sale);
  });
}

/** @param {Acts} acts */
function listen(acts) {
  listening = true;
  byId("mettre-a-jour").addEventListener("click", () => acts.update()?.());
  listenToSales(acts);
}

/** What the sheet shows is true as long as it is open. @param {Acts} acts */
function keepTrue(acts) {
  const look = async () => {
    if (!byId("etat").matches(":popover-open")) return clearInterval(looking);
    if (Date.now() - asked > ASK) {
      asked = Date.now();
      await pullOutlet();
    }
    render(acts);
  };
  let asked = 0;
  clearInterval(looking);
  looking = setInterval(look, LOOK);
  look();
}

let listening = false;
/** @type {ReturnType<typeof setInterval> | undefined} */
let looking;

/** Shows the sheet, and keeps it true while it is open. @param {Acts} acts */
export function openSheet(acts) {
  if (!listening) listen(acts);
  byId("renoncer").hidden = true;
  byId("etat-tout").hidden = false;
  render(acts);
  byId("etat").showPopover();
  keepTrue(acts);
}
