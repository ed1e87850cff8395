/** Who stands at the till: a name, then four digits. Works without the server once it was seen. */
import { byId, write } from "../../base/dom.js";
import { offerLanguages } from "./languages.js";
import { face } from "./screens.js";
import { t } from "../../base/i18n.js";
import { chooseAnew, chosenName, showNames } from "./people-tiles.js";
import { pinPad } from "./pin-pad.js";
import { people, unlock } from "../../tablet/unlock.js";

/** @typedef {import("../../tablet/unlock.js").Person} Person */

/** Digits typed anywhere go to the pad while the names are shown. @param {ReturnType<typeof pinPad>} pad */
function listenToDigits(pad) {
  document.addEventListener("keydown", (event) => {
    const elsewhere = !(event.target instanceof HTMLInputElement && event.target.name === "pin");
    if (!byId("ouverture").hidden && elsewhere && /^\d$/.test(event.key)) pad.press(event.key);
  });
}

/**
 * @param {(person: Person) => void} opened called once somebody may sell
 * @returns {(place: string) => Promise<void>} shows the names of that place
 */
export function lockScreen(opened) {
  const form = /** @type {HTMLFormElement} */ (byId("ouvrir"));
  const list = byId("noms");

  /** @param {string} pin */
  async function judge(pin) {
    try {
      const { person } = await unlock(chosenName(list), pin);
      opened(person);
      return "";
    } catch (refusal) {
      return sentence(refusal);
    }
  }

  const pad = pinPad(form, "pin", { missing: () => (chosenName(list) ? "" : t("unlock.choose")), judge });
  list.addEventListener("change", () => {
    byId("pin-touches").scrollIntoView({ block: "nearest" }); // on a phone it stands below the names
    pad.again(); // the digits may have come before the name
  });
  listenToDigits(pad);

  return async (place) => {
    const known = await people();
    showNames(list, known);
    chooseAnew(list);
    byId("personne").hidden = known.length > 0;
    write(byId("lieu"), place);
    pad.clear();
    offerLanguages("langues-porte");
    face("ouverture");
  };
}

/** Why the till stays closed. @param {any} refusal @returns {string} */
export function sentence(refusal) {
  if (refusal?.say) return t(refusal.say, refusal.with ?? {});
  return refusal?.title ?? t("unlock.broken");
}
