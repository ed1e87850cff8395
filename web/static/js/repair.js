/**
 * Removes the worker and the copies of our pages that this browser keeps. It imports nothing: the
 * sales and the journal of the tablet lie where this page has no way to reach.
 */

const button = document.querySelector("button");
const spoken = document.querySelector("[role=status]");
const onwards = document.querySelector("a");

async function repair() {
  const workers = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  await Promise.all(workers.map((worker) => worker.unregister()));
  const names = "caches" in globalThis ? await caches.keys() : [];
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** @param {string} sentence */
function say(sentence) {
  if (spoken) spoken.textContent = sentence;
}

button?.addEventListener("click", async () => {
  button.disabled = true;
  say("Réparation…");
  try {
    await repair();
    say("C’est fait. Les ventes gardées sur cette tablette n’ont pas été touchées.");
    if (onwards) onwards.hidden = false;
    button.hidden = true;
  } catch {
    say("La réparation n’a pas abouti. Fermez le navigateur, ouvrez-le de nouveau, puis recommencez.");
    button.disabled = false;
  }
});
