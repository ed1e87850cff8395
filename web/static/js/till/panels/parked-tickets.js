/** Tickets put aside, taken back, given up: each an entry of the journal, none a silent delete. */
import "../../base/later.js";
import { abandonCart, parkedCarts } from "../../sale/carts.js";
import { byId, inside, onTap, show, write } from "../../base/dom.js";
import { current, settled } from "../../sale/current-ticket.js";
import { t } from "../../base/i18n.js";
import { francs } from "../../base/money.js";
import { clockTime } from "../../base/times.js";
import { unbroken } from "../../base/unbroken.js";

/** @typedef {import("../../sale/carts.js").Cart} Cart */

/** @typedef {{recall: (saleId: string) => void, abandoned: () => void, total: (cart: Cart) => bigint}} Parking */

/** @param {Parking} till @returns {(item: HTMLElement, cart: Cart) => void} */
const filling = ({ total }) => (item, cart) => {
  const { lines, client } = cart.ticket;
  write(inside(item, ".row-main"), client.name ?? lines.map((line) => unbroken(line.name)).join(", "));
  write(inside(item, ".row-amount"), francs(total(cart)));
  write(inside(item, ".row-more"), t("park.of", { time: clockTime(cart.at), count: lines.length }));
};

/** @param {Parking} till */
async function render(till) {
  const carts = await parkedCarts();
  byId("en-attente").hidden = carts.length === 0;
  write(byId("combien"), `(${carts.length})`);
  show(byId("attentes-liste"), "modele-attente", carts, (cart) => cart.sale_id, filling(till));
}

/** @param {Parking} till */
function listenToList(till) {
  byId("en-attente").addEventListener("click", async () => {
    await render(till);
    byId("attentes").showPopover();
  });
  byId("attentes-liste").addEventListener("click", (event) => {
    const item = /** @type {Element} */ (event.target).closest("li");
    if (!item?.dataset.key) return;
    byId("attentes").hidePopover();
    till.recall(item.dataset.key);
  });
}

/** @param {Parking} till */
function listenToReasons(till) {
  onTap(byId("abandon-raisons"), "reason", async (reason) => {
    byId("abandon").hidePopover();
    await settled();
    await abandonCart(current().ticket.sale_id, reason);
    till.abandoned();
  });
}

/**
 * @param {Parking} till
 * @returns {() => Promise<void>} shows how many tickets wait
 */
export function parking(till) {
  listenToList(till);
  listenToReasons(till);
  return () => render(till);
}
