/** Tickets put aside, taken back, given up: each an entry of the journal, none a silent delete. */
import { abandonCart, parkedCarts } from "../../sale/carts.js";
import { byId, inside, onTap, show, write } from "../../base/dom.js";
import { current, settled } from "../../sale/current-ticket.js";
import { t } from "../../base/i18n.js";
import { francs } from "../../base/money.js";
import { clockTime } from "../../base/times.js";

/** @typedef {import("../../sale/carts.js").Cart} Cart */

/**
 * @param {{recall: (saleId: string) => void, abandoned: () => void, total: (cart: Cart) => bigint}} till
 * @returns {() => Promise<void>} shows how many tickets wait
 */
export function parking(till) {
  const button = byId("en-attente");
  const list = byId("attentes-liste");

  /** @param {HTMLElement} item @param {Cart} cart */
  function fill(item, cart) {
    const { lines, client } = cart.ticket;
    const names = lines.map((line) => line.name).join(", ");
    write(inside(item, ".row-main"), client.name ?? names);
    write(inside(item, ".row-amount"), francs(till.total(cart)));
    write(inside(item, ".row-more"), t("park.of", { time: clockTime(cart.at), count: lines.length }));
  }

  async function render() {
    const carts = await parkedCarts();
    button.hidden = carts.length === 0;
    write(byId("combien"), `(${carts.length})`);
    show(list, "modele-attente", carts, (cart) => cart.sale_id, fill);
  }

  button.addEventListener("click", async () => {
    await render();
    byId("attentes").showPopover();
  });
  list.addEventListener("click", (event) => {
    const item = /** @type {Element} */ (event.target).closest("li");
    if (!item?.dataset.key) return;
    byId("attentes").hidePopover();
    till.recall(item.dataset.key);
  });
  byId("abandonner").addEventListener("click", () => byId("abandon").showPopover());
  onTap(byId("abandon-raisons"), "reason", async (reason) => {
    byId("abandon").hidePopover();
    await settled();
    await abandonCart(current().ticket.sale_id, reason);
    till.abandoned();
  });
  return render;
}
