/** Finding an article from what the cashier types or the scanner reads. */

/** @typedef {import("./ticket.js").Article} Article */
/** @typedef {{article: Article, tokens: string[]}} Indexed */

/** Lower case without accents: "Crème" and "creme" are one word. @param {string} text */
export const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** @param {string} text */
const words = (text) =>
  folded(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** @param {readonly Article[]} articles @returns {Indexed[]} */
export const indexed = (articles) =>
  articles.map((article) => ({ article, tokens: [...words(article.name), ...words(article.code)] }));

/**
 * The articles with, for every word typed, a word that begins with it, or with exactly that barcode.
 * @param {readonly Indexed[]} index @param {string} query @returns {Article[]}
 */
export function matching(index, query) {
  const asked = words(query);
  const exact = query.trim();
  return index
    .filter(
      ({ article, tokens }) =>
        article.barcode === exact || asked.every((word) => tokens.some((token) => token.startsWith(word))),
    )
    .map(({ article }) => article);
}

/**
 * The article whose barcode or code is exactly `text`; a barcode wins.
 * @param {readonly Article[]} articles @param {string} text
 */
export function scanned(articles, text) {
  const code = folded(text.trim());
  return (
    articles.find((article) => article.barcode === text.trim()) ??
    articles.find((article) => folded(article.code) === code)
  );
}
