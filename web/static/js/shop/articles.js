/** Finding articles. Everything is asked of the indexes: the catalogue is never all in memory. */
import { asked, folded, inOrder, orderKey, words } from "../base/folding.js";
import { cleaned } from "../base/text.js";
import { codeIn, writings } from "../base/gtin.js";
import { get, withDb } from "../tablet/database.js";

/** @typedef {import("../sale/ticket.js").Article} Article */
/** @typedef {Article & {name_tokens: string[], shelf: string[]}} Product */

/** The two shelves that are no category. */
export const ALL = "*";
export const FAVOURITES = "!";
const END = "\uffff";

/**
 * Where a shelf begins in the index; a category is never one of the special shelves.
 * @param {string} shelf
 */
const startOf = (shelf) => `${shelf === ALL || shelf === FAVOURITES ? shelf : `=${shelf}`}\0`;

/** @param {string} shelf @param {Article} article */
const placeOn = (shelf, article) => `${startOf(shelf)}${orderKey(article.name)}\0${article.code}`;

/** The article as the store keeps it, with what finds it. @param {Article} article @returns {Product} */
export const productRecord = ({ name, unit, ...rest }) => recordOf({ ...rest, name: cleaned(name), unit: cleaned(unit) });

/** @param {Article} article @returns {Product} */
const recordOf = (article) => ({
  ...article,
  name_tokens: [...words(`${article.name} ${article.code}`), `=${folded(article.code)}`],
  shelf: [
    placeOn(ALL, article),
    ...(article.favourite ? [placeOn(FAVOURITES, article)] : []),
    ...(article.category ? [placeOn(article.category, article)] : []),
  ],
});

/** @param {Product} product @returns {Article} */
function articleOf({ name_tokens: _, shelf: __, ...article }) {
  return article;
}

/** @param {string} start */
const beginningWith = (start) => IDBKeyRange.bound(start, start + END);

/**
 * The shelves: `FAVOURITES` when there are any, `ALL`, then those with a name.
 * @returns {Promise<string[]>}
 */
export async function shelves() {
  const favourites = await withDb((db) =>
    db.countFromIndex("products", "shelf", beginningWith(startOf(FAVOURITES))),
  );
  const names = (await get("meta", "articles"))?.shelves ?? [];
  return [...(favourites ? [FAVOURITES] : []), ALL, ...names];
}

/**
 * The next articles of a shelf by name, after one of it or from its beginning.
 * @param {string} shelf @param {Article | "" | undefined} after @param {number} count @returns {Promise<Article[]>}
 */
export async function page(shelf, after, count) {
  const start = startOf(shelf);
  const range = IDBKeyRange.bound(after ? placeOn(shelf, after) : start, start + END, Boolean(after));
  const products = await withDb((db) => db.getAllFromIndex("products", "shelf", range, count));
  return products.map(articleOf);
}

/**
 * The articles with, for every word typed, a word that begins with it; before them the one with exactly
 * that barcode.
 * @param {string} query @param {number} count @returns {Promise<Article[]>}
 */
export async function find(query, count) {
  const exact = await withDb((db) => db.getAllFromIndex("products", "barcode", query.trim(), count));
  const others = await withWords("products", asked(query), count);
  const found = new Map([...exact, ...inOrder(others, ({ name }) => name)].map((product) => [product.code, product]));
  return [...found.values()].slice(0, count).map(articleOf);
}

/**
 * The records with, for every word, a token that begins with it: at most `count`. The rarest word names
 * the candidates; they are read a few at a time, until there are enough.
 * @param {"products" | "clients"} store @param {readonly string[]} wanted @param {number} count
 * @returns {Promise<any[]>}
 */
export const withWords = (store, wanted, count) =>
  withDb(async (db) => {
    const records = db.transaction(store).store;
    const tokens = records.index("name_tokens");
    const sizes = await Promise.all(wanted.map((word) => tokens.count(beginningWith(word))));
    const rarest = wanted[sizes.indexOf(Math.min(...sizes))];
    if (!rarest) return [];
    // A record may have several tokens that begin so: a single word asks for more keys than records.
    const most = wanted.length === 1 ? count * 4 : undefined;
    const left = [...new Set(await tokens.getAllKeys(beginningWith(rarest), most))];
    const found = [];
    while (left.length && found.length < count) {
      const some = await Promise.all(left.splice(0, count).map((key) => records.get(key)));
      found.push(...some.filter(({ name_tokens: own }) => hasAll(own, wanted)));
    }
    return found.slice(0, count);
  });

/** @param {readonly string[]} tokens @param {readonly string[]} wanted */
const hasAll = (tokens, wanted) => wanted.every((word) => tokens.some((token) => token.startsWith(word)));

/**
 * The article whose barcode or code is that text; a barcode wins. Trade numbers are the same with more zeros.
 * @param {string} text @returns {Promise<Article | undefined>}
 */
export async function scanned(text) {
  const code = codeIn(text);
  if (!code) return undefined;
  const product = await withDb(async (db) => {
    for (const barcode of writings(code)) {
      const found = await db.getFromIndex("products", "barcode", barcode);
      if (found) return found;
    }
    return db.getFromIndex("products", "name_tokens", `=${folded(code)}`);
  });
  return product && articleOf(product);
}
