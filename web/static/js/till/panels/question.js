/** One question to a person, and nothing goes on before the answer; whatever closes it says no. */
import { byId, write } from "../../base/dom.js";

/** @type {(answer: boolean) => void} */
let answered = () => {};

const sheet = () => byId("question");

/** @param {boolean} answer */
function answer(answer) {
  answered(answer);
  sheet().hidePopover();
}

/**
 * @param {{text: string, yes: string, no: string}} asked sentences of the language in force
 * @returns {Promise<boolean>} whether the answer was yes
 */
export function ask({ text, yes, no }) {
  answered(false); // a question that nobody answered
  write(byId("question-texte"), text);
  write(byId("question-oui"), yes);
  write(byId("question-non"), no);
  sheet().showPopover();
  byId("question-non").focus(); // a key pressed blindly changes nothing
  return new Promise((resolve) => {
    answered = resolve;
    sheet().ontoggle = (event) => /** @type {ToggleEvent} */ (event).newState === "closed" && resolve(false);
    byId("question-oui").onclick = () => answer(true);
    byId("question-non").onclick = () => answer(false);
  });
}
