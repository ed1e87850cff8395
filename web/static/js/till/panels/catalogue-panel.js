/** The article tiles: by shelf, or by what is typed in the search field. Sixty at a time, never all. */
import { find, page, scanned, shelves } from "../../shop/articles.js";
import { byId, inputById, inside, show, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { figures, parseAmount } from "../../base/money.js";

/** @typedef {import("../../sale/ticket.js").Article} Article */

const PAGE = 60;
const ALL = "*";
const FAVOURITES = "!";

/** @param {string} shelf */
const nameOf = (shelf) => (shelf === ALL ? t("find.all") : shelf === FAVOURITES ? t("find.favourites") : shelf);

/** @param {HTMLElement} item @param {Article} article */
function fillTile(item, article) {
  write(inside(item, ".tile-name"), article.name);
  write(inside(item, ".tile-price"), figures(parseAmount(article.unit_price)));
  write(inside(item, ".group"), article.tax_group);
}

/**
 * Shows the catalogue; each tap, and Enter on a single find, adds an article.
 * @param {(article: Article) => void} add
 * @returns {() => Promise<void>} shows it again: articles came or went, or another language
 */
export function catalogue(add) {
  const search = inputById("recherche");
  const tiles = byId("articles");
  /** @type {string[]} */
  let names = [];
  let shelf = "";
  /** @type {Article[]} */
  let shown = [];
  /** The last article of each page before this one. @type {Article[]} */
  let before = [];
  let turn = 0;

  /** One more than shown says whether there is more. @returns {Promise<Article[]>} */
  const found = () =>
    search.value.trim() ? find(search.value, PAGE + 1) : page(shelf, before.at(-1), PAGE + 1);

  function renderShelves() {
    const chips = /** @type {const} */ ([byId("rayons"), "modele-rayon"]);
    show(...chips, names, (name) => name, (chip, name) => {
      write(chip, nameOf(name));
      chip.setAttribute("aria-pressed", String(!search.value.trim() && name === shelf));
    });
  }

  /** @param {Article[]} articles */
  function renderTiles(articles) {
    const query = search.value.trim();
    shown = articles.slice(0, PAGE);
    show(tiles, "modele-article", shown, (article) => article.code, fillTile);
    byId("articles-suivants").hidden = query !== "" || articles.length <= PAGE;
    byId("articles-precedents").hidden = query !== "" || before.length === 0;
    byId("aucun-article").hidden = shown.length > 0;
    write(byId("aucun-article"), shown.length ? "" : query ? t("find.none", { query }) : t("find.empty"));
  }

  async function render() {
    const mine = ++turn;
    renderShelves();
    const articles = await found();
    if (mine === turn) renderTiles(articles); // else a newer key was pressed
  }

  /** @param {Article[]} [pages] */
  function again(pages = []) {
    before = pages;
    tiles.scrollTop = 0;
    return render();
  }

  tiles.addEventListener("click", (event) => {
    const item = /** @type {Element} */ (event.target).closest("li");
    const article = event.target !== item && item && shown.find(({ code }) => code === item.dataset.key);
    if (article) add(article);
  });
  byId("rayons").addEventListener("click", (event) => {
    const chip = /** @type {Element} */ (event.target).closest("button");
    if (!chip) return;
    shelf = chip.dataset.key ?? ALL;
    search.value = "";
    again();
  });
  byId("articles-suivants").addEventListener("click", () => again([...before, ...shown.slice(-1)]));
  byId("articles-precedents").addEventListener("click", () => again(before.slice(0, -1)));
  search.addEventListener("input", () => again());
  search.addEventListener("keydown", async (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const [first, second] = await find(search.value, 2);
    const one = (await scanned(search.value)) ?? (second ? undefined : first);
    if (!one) return;
    search.value = "";
    await again();
    add(one);
  });

  return async () => {
    names = await shelves();
    if (!names.includes(shelf)) [shelf = ALL, before] = [names[0], []];
    await render();
  };
}
