/** A newer build takes over at a moment when it costs nothing, or when the cashier says so. */

const IDLE_MS = 60_000;
const ASK_MS = 10 * 60_000;
const PATIENCE_MS = 8000;

/** @type {ServiceWorkerRegistration | undefined} */
let registration;

/** The build of this page, as the server wrote it. @returns {string} */
export const build = () =>
  document.querySelector('meta[name="build"]')?.getAttribute("content") ?? "";

/** The build that waits, if one does, takes over now: the page comes again. @returns {boolean} whether one waited */
export function applyNow() {
  registration?.waiting?.postMessage({ type: "activate" });
  return Boolean(registration?.waiting);
}

/**
 * The worker is registered, and newer ones are found and offered. One takes over by itself when
 * `safe()` has been true for a minute, or when it already waits at a safe start.
 * @param {{safe: () => boolean, offer: (apply: () => void) => void}} till
 */
export async function updates({ safe, offer }) {
  const workers = navigator.serviceWorker;
  if (!workers) return; // a page without TLS
  workers.addEventListener("controllerchange", () => location.reload(), { once: true });
  workers.controller?.postMessage({ type: "running", build: build() });
  const apply = () => {
    if (!applyNow()) location.reload(); // nobody had to wait for a page that has no worker yet
  };
  const waits = () => {
    offer(apply);
    whenIdle(safe, apply);
  };
  await find(workers, waits);
  if (safe()) applyNow();
  setInterval(() => look(workers, waits), ASK_MS); // a till stays open for days
}

/** The worker of this browser is known, and `waits` is told when a newer one waits. @param {ServiceWorkerContainer} workers @param {() => void} waits */
async function find(workers, waits) {
  const found = (await workers.getRegistration()) ?? (await registered(workers));
  if (!found || found === registration) return;
  registration = found;
  const watch = () => {
    const { installing } = found;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && found.active) waits();
    });
  };
  if (found.waiting) waits();
  watch();
  found.addEventListener("updatefound", watch);
}

/** A worker, unless none is wanted: one that removes itself must not be called back. @param {ServiceWorkerContainer} workers */
async function registered(workers) {
  if (!(await served())?.worker) return undefined;
  return workers.register("/sw.js", { type: "module" }).catch(() => undefined);
}

/** @param {() => boolean} safe @param {() => void} act */
function whenIdle(safe, act) {
  let since = 0;
  setInterval(() => {
    since = safe() ? since || performance.now() : 0;
    if (since && performance.now() - since >= IDLE_MS) act();
  }, 1000);
}

/** Asks which build is served. @param {ServiceWorkerContainer} workers @param {() => void} waits */
async function look(workers, waits) {
  await find(workers, waits); // the first attempt may have failed
  const now = await served();
  if (now && (!now.worker || now.build !== build())) await registration?.update().catch(() => {});
}

/** What the server serves, or nothing when it is not reached. @returns {Promise<{build: string, worker: boolean} | undefined>} */
async function served() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return await (await fetch("/version", { cache: "no-store", signal })).json();
  } catch {
    return undefined;
  }
}
