/** What the till must know before it can sell. */
import { byId, write } from "./dom.js";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15_000;

/** The JSON at `path`, asked until it comes. @param {string} path @returns {Promise<any>} */
export async function fetched(path) {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const response = await fetch(path, { headers: { Accept: "application/json" } }).catch(() => null);
    if (response?.ok) return response.json();
    if (response?.status === 401) location.reload(); // closed meanwhile: the page to open the till
    byId("aucun-article").hidden = false;
    write(
      byId("aucun-article"),
      "Le serveur ne répond pas encore. Nouvel essai… Le ticket en cours est gardé.",
    );
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
