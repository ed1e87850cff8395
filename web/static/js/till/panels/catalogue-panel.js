/** The article tiles: by shelf, or by what is typed in the search field. Sixty at a time, never all. */
import { arrows } from "./arrows.js";
import { ALL, FAVOURITES, find, page, scanned, shelves } from "../../shop/articles.js";
import { byId, inputById, inside, show, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { unbroken } from "../../base/unbroken.js";
import { figures, parseAmount } from "../../base/money.js";

/** @typedef {import("../../sale/ticket.js").Article} Article */
/**
 * @typedef {{names: string[], shelf: string, shown: Article[], before: Article[], turn: number,
 *   reach: () => void}} View
 *   the shelves and the chosen one; the articles on the screen, the last one of each page before it; `turn`
 *   counts what was asked for; `reach` makes one of the tiles the stop of the Tab key
 */

const PAGE = 60;
const BANDS = 8; // colours in tokens.css

/** @param {string} shelf */
const nameOf = (shelf) => (shelf === ALL ? t("find.all") : shelf === FAVOURITES ? t("find.favourites") : shelf);

/** A shelf has one colour, on its chip and on its articles. @param {View} view @param {string} [category] */
function bandOf({ names }, category) {
  const categories = names.filter((name) => name !== ALL && name !== FAVOURITES);
  const place = category ? categories.indexOf(category) : -1;
  return place < 0 ? "" : String(place % BANDS);
}

/** @param {View} view @param {HTMLElement} item @param {Article} article */
function fillTile(view, item, article) {
  inside(item, ".tile").dataset.band = bandOf(view, article.category);
  write(inside(item, ".tile-name"), unbroken(article.name));
  write(inside(item, ".tile-price"), figures(parseAmount(article.unit_price)));
  write(inside(item, ".group"), article.tax_group);
}

const search = () => inputById("recherche");
const typed = () => search().value.trim();

/** One more than is shown says whether there is more. @param {View} view @returns {Promise<Article[]>} */
const found = ({ shelf, before }) =>
  typed() ? find(search().value, PAGE + 1) : page(shelf, before.at(-1), PAGE + 1);

/** @param {View} view */
function renderShelves(view) {
  const { names, shelf } = view;
  const chips = /** @type {const} */ ([byId("rayons"), "modele-rayon"]);
  show(...chips, names, (name) => name, (chip, name) => {
    write(chip, nameOf(name));
    chip.dataset.band = bandOf(view, name);
    chip.setAttribute("aria-pressed", String(!typed() && name === shelf));
  });
}

/** @param {View} view @param {Article[]} articles */
function renderTiles(view, articles) {
  const query = typed();
  const { before } = view;
  const shown = articles.slice(0, PAGE);
  view.shown = shown;
  show(byId("articles"), "modele-article", shown, (article) => article.code, (item, article) => fillTile(view, item, article));
  view.reach();
  byId("articles-suivants").hidden = query !== "" || articles.length <= PAGE;
  byId("articles-precedents").hidden = query !== "" || before.length === 0;
  byId("aucun-article").hidden = shown.length > 0;
  write(byId("aucun-article"), shown.length ? "" : query ? t("find.none", { query }) : t("find.empty"));
}

/** @param {View} view */
async function render(view) {
  const mine = ++view.turn;
  renderShelves(view);
  const articles = await found(view);
  if (mine === view.turn) renderTiles(view, articles); // else a newer key was pressed
}

/** From its first line, after those pages. @param {View} view @param {Article[]} [before] */
function turnTo(view, before = []) {
  view.before = before;
  byId("articles").scrollTop = 0;
  return render(view);
}

/** @param {View} view @param {(article: Article) => void} add */
function listenToTiles(view, add) {
  byId("articles").addEventListener("click", (event) => {
    const item = /** @type {Element} */ (event.target).closest("li");
    const article = event.target !== item && item && view.shown.find(({ code }) => code === item.dataset.key);
    if (article) add(article);
  });
  byId("articles-suivants").addEventListener("click", () => turnTo(view, [...view.before, ...view.shown.slice(-1)]));
  byId("articles-precedents").addEventListener("click", () => turnTo(view, view.before.slice(0, -1)));
}

/** @param {View} view */
function listenToShelves(view) {
  byId("rayons").addEventListener("click", (event) => {
    const chip = /** @type {Element} */ (event.target).closest("button");
    if (!chip) return;
    view.shelf = chip.dataset.key ?? ALL;
    search().value = "";
    turnTo(view);
  });
}

/** @param {View} view @param {(article: Article) => void} add */
function listenToSearch(view, add) {
  search().addEventListener("input", () => turnTo(view));
  search().addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown") byId("articles").querySelector("button")?.focus();
    if (event.key !== "Enter") return;
    event.preventDefault();
    const one = await meant();
    if (!one) return;
    search().value = "";
    await turnTo(view);
    add(one);
  });
}

/** The one article that what is typed can mean. @returns {Promise<Article | undefined>} */
async function meant() {
  const [first, second] = await find(search().value, 2);
  return (await scanned(search().value)) ?? (second ? undefined : first);
}

/**
 * Shows the catalogue; each tap, and Enter on a single find, adds an article.
 * @param {(article: Article) => void} add
 * @returns {() => Promise<void>} shows it again: articles came or went, or another language
 */
export function catalogue(add) {
  /** @type {View} */
  const view = { names: [], shelf: "", shown: [], before: [], turn: 0, reach: arrows(byId("articles"), ".tile") };
  listenToTiles(view, add);
  listenToShelves(view);
  listenToSearch(view, add);
  return async () => {
    view.names = await shelves();
    if (!view.names.includes(view.shelf)) Object.assign(view, { shelf: view.names[0] ?? ALL, before: [] });
    await render(view);
  };
}
