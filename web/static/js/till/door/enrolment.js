/** The page of a one-time link: one tap makes keys on this device and makes it a till. */
import "../../base/later.js";
import { enrol } from "../../tablet/device.js";
import { buttonById, byId, write } from "../../base/dom.js";
import { language, speak, t } from "../../base/i18n.js";
import "../../base/theme.js";

const button = buttonById("inscrire");
if (language() !== "fr") speak(language());

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    await enrol(button.dataset.token);
    location.replace("/caisse");
  } catch (refusal) {
    write(byId("inscrire-erreur"), /** @type {any} */ (refusal).title ?? t("enrol.unreachable"));
    button.disabled = false;
  }
});
