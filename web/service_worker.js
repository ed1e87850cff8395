/**
 * The worker of one build: the till opens from it when nothing answers, and waiting sales leave
 * when the network is back. What it does not name below goes to the network as if it were not here:
 * above all every sale, and every question to the server.
 */
import { flush } from "./static/js/sale/sending.js";

/** @typedef {import("./worker.js").Fetching} Fetching */
const worker = /** @type {import("./worker.js").WorkerScope} */ (/** @type {unknown} */ (self));

const SHELL = "/caisse";
const BUILDS = "bono-build-";
const NAME = BUILDS + BUILD;
const PAPERS = "bono-papers";
const MOST_PAPERS = 300;
const MOST_BYTES = 20 * 1024 * 1024;
const MANAGED = "bono-gestion";
const PATIENCE = 3000; // ms for a manager's page; then its last copy will do
/** Counts the people who opened or closed this till: what one of them saw is not the next one's. */
let turns = 0;

// No skipWaiting in install, no clients.claim: a till that sells keeps the build that it began with.
worker.addEventListener("install", (event) => event.waitUntil(install()));

worker.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (/^\/caisse\/(ouvrir|fermer)$/.test(pathname)) event.waitUntil(forgetManaged());
  if (event.request.method !== "GET" || origin !== worker.location.origin) return;
  if (pathname.startsWith("/a/")) event.respondWith(file(event.request));
  else if (pathname === SHELL && event.request.mode === "navigate")
    event.respondWith(shell(event.request));
  else if (pathname.startsWith("/recus/")) event.respondWith(paper(event));
  else if (/^\/gestion\b/.test(pathname) && event.request.mode === "navigate")
    event.respondWith(managed(event));
});

worker.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(send());
});

worker.addEventListener("message", (event) => {
  if (event.data.type === "activate") event.waitUntil(worker.skipWaiting());
  if (event.data.type === "running" && event.data.build === BUILD) event.waitUntil(forgetOthers());
});

/** The whole build is in its cache, or nothing of it is. The shell comes last: with it, all is there. */
async function install() {
  if (await kept(SHELL)) return; // a build that came back
  try {
    const page = await fetch(SHELL, { cache: "no-cache" });
    if (!page.ok || !page.headers.get("ETag")?.includes(BUILD))
      throw new Error(`build ${BUILD} is no longer served`);
    const cache = await caches.open(NAME);
    await cache.addAll(PRECACHE);
    await cache.put(SHELL, page);
  } catch (error) {
    await caches.delete(NAME);
    throw error;
  }
}

/** @param {RequestInfo} request @param {string} cacheName */
const kept = (request, cacheName = NAME) => caches.match(request, { cacheName, ignoreVary: true });

/** From any build: the address names the content. @param {Request} request */
const file = async (request) =>
  (await kept(request)) ?? (await caches.match(request, { ignoreVary: true })) ?? fetch(request);

/** @param {Request} request */
const shell = async (request) => (await kept(SHELL)) ?? fetch(request);

/** A paper that will never change is kept; any other is asked for each time. @param {Fetching} event */
async function paper(event) {
  const copy = await kept(event.request, PAPERS);
  if (copy) return copy;
  const answer = await fetch(event.request);
  if (answer.status === 200 && /\bimmutable\b/.test(answer.headers.get("Cache-Control") ?? ""))
    event.waitUntil(keep(event.request, answer.clone()));
  return answer;
}

/** A manager's page as it is now; when nothing answers in time, its last copy. @param {Fetching} event */
async function managed(event) {
  const asked = fetchManaged(event.request);
  event.waitUntil(asked.catch(() => {}));
  const copy = await kept(event.request, MANAGED);
  if (!copy) return asked;
  const late = new Promise((_, fail) => setTimeout(fail, PATIENCE));
  const answer = Promise.race([asked, late]);
  return /** @type {Promise<Response>} */ (answer).catch(() => shownAsCopy(copy));
}

/** What a manager may see is kept; an answer that says no ends all copies. @param {Request} request */
async function fetchManaged(request) {
  const turn = turns;
  const answer = await fetch(request);
  if (answer.status === 403) await forgetManaged();
  if (answer.ok && turn === turns && answer.headers.get("Content-Type")?.startsWith("text/html")) {
    const [copy, cache] = [answer.clone(), await caches.open(MANAGED)];
    await cache.put(request, copy);
  }
  return answer;
}

/** The copy says that it is one, and of when: the sentence stands hidden in each page. @param {Response} copy */
async function shownAsCopy(copy) {
  const headers = new Headers(copy.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response((await copy.text()).replace(/(id="copie"[^>]*) hidden/, "$1"), { headers });
}

function forgetManaged() {
  turns += 1;
  return caches.delete(MANAGED);
}

/** @param {Request} request @param {Response} answer */
async function keep(request, answer) {
  const body = await answer.blob();
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding");
  headers.set("Content-Length", String(body.size));
  const cache = await caches.open(PAPERS);
  await cache.put(request, new Response(body, { headers }));
  await trim(cache);
}

/** The newest papers stay, as many as there is room for. @param {Cache} cache */
async function trim(cache) {
  const newestFirst = [...(await cache.keys())].reverse();
  let [papers, bytes] = [0, 0];
  for (const request of newestFirst) {
    papers += 1;
    bytes += Number((await cache.match(request))?.headers.get("Content-Length"));
    if (papers > MOST_PAPERS || bytes > MOST_BYTES) await cache.delete(request);
  }
}

/** Nothing is left to send; a rejection makes the browser try again later. */
async function send() {
  const { left, wake, stopped } = await flush();
  if (left && wake !== null && stopped !== "enrol") throw new Error(`${left} sales wait`);
}

/** The page of this build runs: no older one is needed. A newer one that waits keeps its cache. */
async function forgetOthers() {
  const names = await caches.keys(); // before the question: a build that begins now is not among them
  if (worker.registration.installing || worker.registration.waiting) return;
  const others = names.filter((name) => name.startsWith(BUILDS) && name !== NAME);
  await Promise.all(others.map((name) => caches.delete(name)));
}
