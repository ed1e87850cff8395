/** The PIN pad under the names: four digits open the till by themselves. */

const LENGTH = 4;

/** @param {HTMLFormElement} form */
const pinOf = (form) => /** @type {HTMLInputElement} */ (form.elements.namedItem("pin"));

/** @param {HTMLFormElement} form */
const isNamed = (form) => form.querySelector("[name=cashier_id]:checked") !== null;

/** @param {HTMLFormElement} form submits once a name and four digits are there */
function openWhenComplete(form) {
  if (pinOf(form).value.length === LENGTH && isNamed(form)) form.requestSubmit();
}

/** @param {HTMLFormElement} form @param {string} key */
function pressed(form, key) {
  const pin = pinOf(form);
  if (pin.matches(":disabled")) return; // the code is being judged
  if (key === "clear") pin.value = "";
  else if (key === "back") pin.value = pin.value.slice(0, -1);
  else if (pin.value.length < LENGTH) pin.value += key;
  openWhenComplete(form);
}

/** @param {EventTarget | null} target @returns {HTMLFormElement | null} */
const formAround = (target) => (target instanceof Element ? target.closest("form.unlock-form") : null);

function showPads() {
  for (const pad of document.querySelectorAll(".pin-pad")) /** @type {HTMLElement} */ (pad).hidden = false;
}

document.addEventListener("click", (event) => {
  const key = event.target instanceof Element ? event.target.closest("[data-pin]") : null;
  const form = formAround(key);
  if (form && key instanceof HTMLElement) pressed(form, key.dataset.pin ?? "");
});

document.addEventListener("input", (event) => {
  const form = formAround(event.target);
  if (!form) return;
  const pin = pinOf(form);
  pin.value = pin.value.replace(/\D/g, "").slice(0, LENGTH);
  openWhenComplete(form);
});

document.addEventListener("keydown", (event) => {
  const form = document.querySelector("form.unlock-form");
  const elsewhere = !(event.target instanceof HTMLInputElement && event.target.name === "pin");
  if (form instanceof HTMLFormElement && elsewhere && /^\d$/.test(event.key)) pressed(form, event.key);
});

document.addEventListener("htmx:afterSettle", showPads);
showPads();
