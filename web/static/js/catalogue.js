/** The article tiles: by shelf, or by what is typed in the search field. */
import { byId, inputById, inside, show, write } from "./dom.js";
import { figures, parseAmount } from "./money.js";
import { indexed, matching, scanned } from "./search.js";

/** @typedef {import("./ticket.js").Article} Article */

const PAGE = 60;
const FAVOURITES = "Favoris";
const ALL = "Tous";

/** @param {readonly Article[]} articles @returns {string[]} */
function shelvesOf(articles) {
  const shelves = [...new Set(articles.map((article) => article.category ?? "").filter(Boolean))];
  return [...(articles.some((article) => article.favourite) ? [FAVOURITES] : []), ALL, ...shelves];
}

/** @param {readonly Article[]} articles @param {string} shelf */
function onShelf(articles, shelf) {
  if (shelf === ALL) return articles;
  if (shelf === FAVOURITES) return articles.filter((article) => article.favourite);
  return articles.filter((article) => article.category === shelf);
}

/** @param {HTMLElement} item @param {Article} article */
function fillTile(item, article) {
  write(inside(item, ".tile-name"), article.name);
  write(inside(item, ".tile-price"), figures(parseAmount(article.unit_price)));
  write(inside(item, ".group"), article.tax_group);
}

/**
 * Shows the catalogue; each tap, and Enter on a single find, adds an article.
 * @param {readonly Article[]} articles @param {(article: Article) => void} add
 */
export function catalogue(articles, add) {
  const search = inputById("recherche");
  const tiles = byId("articles");
  const index = indexed(articles);
  const byCode = new Map(articles.map((article) => [article.code, article]));
  const shelves = shelvesOf(articles);
  let shelf = shelves[0] ?? ALL;
  let shown = PAGE;

  const found = () => (search.value.trim() ? matching(index, search.value) : onShelf(articles, shelf));

  function render() {
    const all = found();
    show(
      byId("rayons"),
      "modele-rayon",
      shelves,
      (name) => name,
      (chip, name) => {
        write(chip, name);
        chip.setAttribute("aria-pressed", String(!search.value.trim() && name === shelf));
      },
    );
    show(tiles, "modele-article", all.slice(0, shown), (article) => article.code, fillTile);
    byId("plus-d-articles").hidden = all.length <= shown;
    byId("aucun-article").hidden = all.length > 0;
    write(
      byId("aucun-article"),
      articles.length
        ? `Aucun article ne correspond à « ${search.value.trim()} ».`
        : "Le catalogue est vide. Le gérant peut y ajouter des articles dans Gestion.",
    );
  }

  /** @param {() => void} change */
  const again = (change) => {
    shown = PAGE;
    change();
    render();
    tiles.scrollTop = 0;
  };

  tiles.addEventListener("click", (event) => {
    const item = /** @type {Element} */ (event.target).closest("li");
    const article = event.target !== item && item && byCode.get(item.dataset.key ?? "");
    if (article) add(article);
  });
  byId("rayons").addEventListener("click", (event) => {
    const chip = /** @type {Element} */ (event.target).closest("button");
    if (chip)
      again(() => {
        shelf = chip.dataset.key ?? ALL;
        search.value = "";
      });
  });
  byId("plus-d-articles").addEventListener("click", () => {
    shown += PAGE;
    render();
  });
  search.addEventListener("input", () => again(() => {}));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const results = found();
    const one = scanned(articles, search.value) ?? (results.length === 1 ? results[0] : undefined);
    if (one)
      again(() => {
        search.value = "";
        add(one);
      });
  });
  render();
}
