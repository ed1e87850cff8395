/** The menu of the ribbon: Gestion, the state of the till, help, language and display. Loaded at its first tap. */
import { byId, write } from "../base/dom.js";
import { offerLanguages } from "./door/languages.js";
import { settled } from "../sale/current-ticket.js";
import { context } from "../shop/supply.js";
import { theme, wear } from "../base/theme.js";
import { whoIsOpen } from "../tablet/unlock.js";

/** @typedef {import("../base/theme.js").Theme} Theme */
/** @typedef {{state: () => void, spoken: () => Promise<void>}} Acts  `spoken`: another language is in force */

/** @param {Acts} acts */
function listen({ state }) {
  byId("menu-etat").addEventListener("click", () => {
    byId("menu").hidePopover();
    state();
  });
  byId("themes").addEventListener("change", ({ target }) =>
    wear(/** @type {Theme} */ (/** @type {HTMLInputElement} */ (target).value)),
  );
  byId("gestion").addEventListener("click", async (event) => {
    event.preventDefault();
    await settled(); // the open ticket is kept before the page goes
    location.assign("/gestion");
  });
}

let listening = false;

/** Shows the menu. @param {Acts} acts */
export async function openMenu(acts) {
  if (!listening) listen(acts);
  listening = true;
  const [person, terms] = await Promise.all([whoIsOpen(), context()]);
  write(byId("menu-qui"), [person?.name, terms?.outlet_name].filter(Boolean).join(" · "));
  byId("gestion").hidden = person?.role !== "manager";
  offerLanguages("langues", acts.spoken);
  for (const radio of byId("themes").querySelectorAll("input")) radio.checked = radio.value === theme();
  byId("menu").showPopover();
}
