/** Giving up a sale that the server refused: a reason, a manager, a PIN, and only then is it gone. */
import "../../base/later.js";
import { byId, inputById, inside, onTap, write } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { cleaned, wrongText } from "../../base/text.js";
import { sentence } from "../door/lock-screen.js";
import { francs } from "../../base/money.js";
import { chooseAnew, chosenName, showNames } from "../door/people-tiles.js";
import { announce } from "../../tablet/news.js";
import { abandonPoison } from "../../sale/outbox.js";
import { pinPad } from "../door/pin-pad.js";
import { people } from "../../tablet/unlock.js";
import { tell } from "../../tablet/wire.js";

/** @typedef {import("../../sale/sales.js").Sale} Sale */

const REASONS = ["twice", "mistake", "trial"];

/** @type {Sale | undefined} */
let sale;
let done = () => {};
/** @type {ReturnType<typeof pinPad> | undefined} */
let pad;

/** @param {string} pin */
async function judge(pin) {
  if (!sale) return "";
  const approver = chosenName(byId("gerants"));
  const reason = cleaned(inputById("motif").value);
  const found = wrongText("reason", reason);
  if (found) return t(found.say, { ...found.with, field: t("giveup.reason") });
  try {
    await tell("POST", "/caisse/approuver", { cashier_id: approver, pin, act: "abandon", sale_id: sale.sale_id, reason });
  } catch (refusal) {
    return why(refusal);
  }
  await abandonPoison(sale.sale_id, reason, approver);
  announce({ type: "sales-changed" });
  leave();
  return "";
}

/** Only the server can approve: an offline PIN says who, not what may be done. @param {any} refusal */
function why(refusal) {
  if (refusal?.rule === "pin.wrong") return t("unlock.wrong", { count: refusal.problem.left });
  if (refusal?.rule === "pin.locked") return t("unlock.locked", { seconds: refusal.wait || 60 });
  return refusal?.rule ? sentence(refusal) : t("giveup.unreachable");
}

/** @param {boolean} asking */
function turn(asking) {
  byId("renoncer").hidden = !asking;
  byId("etat-tout").hidden = asking;
}

function leave() {
  turn(false);
  done();
}

function renderReasons() {
  byId("renoncer-motifs").replaceChildren(
    ...REASONS.map((key) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "secondary", textContent: t(`giveup.${key}`) });
      Object.assign(button.dataset, { why: t(`giveup.${key}`), tap: "" });
      return button;
    }),
  );
}

function listenToTaps() {
  const form = /** @type {HTMLFormElement} */ (byId("renoncer"));
  const ready = () => chosenName(byId("gerants")) !== "" && cleaned(inputById("motif").value) !== "";
  pad = pinPad(form, "pin-gerant", { missing: () => (ready() ? "" : t("giveup.missing")), judge });
  onTap(byId("renoncer-motifs"), "why", (text) => {
    inputById("motif").value = text;
    pad?.again();
  });
  form.addEventListener("change", pad.again);
  byId("renoncer-non").addEventListener("click", leave);
}

/** Asks; `then` is called once it is decided, either way. @param {Sale} given @param {() => void} then */
export async function giveUp(given, then) {
  sale = given;
  done = then;
  if (!pad) listenToTaps();
  renderReasons();
  showNames(byId("gerants"), (await people()).filter(({ role }) => role === "manager"));
  chooseAnew(byId("gerants"));
  inputById("motif").value = "";
  pad?.clear();
  write(byId("renoncer-vente"), t("giveup.sale", { amount: francs(BigInt(sale.total)) }));
  turn(true);
  inside(byId("renoncer-motifs"), "button").focus();
}
