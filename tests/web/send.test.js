import assert from "node:assert/strict";
import { test } from "node:test";
import { send } from "../../web/static/js/send.js";

const SALE = {
  sale_id: "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d",
  body: '{"a":"é"}',
  state: /** @type {const} */ ("sending"),
};
const json = (/** @type {number} */ status, /** @type {object} */ body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
const problem = (/** @type {number} */ status, /** @type {object} */ body) =>
  json(status, body, { "Content-Type": "application/problem+json" });

/** Plays the answers in order; an Error is a lost connection. @param {(Response | Error)[]} answers */
function road(...answers) {
  const requests = [];
  const waits = [];
  const told = [];
  return {
    requests,
    waits,
    told,
    csrf: "c",
    fetch: async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
      requests.push({ url, method: init.method ?? "GET", body: init.body, headers: init.headers });
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    wait: async (/** @type {number} */ ms) => void waits.push(ms),
    tell: (/** @type {any} */ outcome) => told.push(outcome.state),
  };
}

test("a sale answered at once is told as sent and normalised", async () => {
  const way = road(json(201, { status: "normalised" }));
  assert.equal((await send(SALE, way)).state, "normalised");
  assert.deepEqual(way.told, ["sending", "normalised"]);
  assert.equal(way.requests[0].headers["X-CSRF-Token"], "c");
});

test("a lost answer is sent again with the same bytes under the same id", async () => {
  const way = road(new TypeError("network"), json(200, { status: "normalised" }));
  assert.equal((await send(SALE, way)).state, "normalised");
  assert.deepEqual(way.told, ["sending", "checking", "normalised"]);
  const [first, second] = way.requests;
  assert.deepEqual([second.url, second.body, second.method], [first.url, first.body, "PUT"]);
});

test("a captive portal, a 503 and a page of HTML are unknown and never stop a sale", async () => {
  const portal = new Response("<html>", { status: 403, headers: { "Content-Type": "text/html" } });
  const page = new Response("<html>", { status: 200, headers: { "Content-Type": "text/html" } });
  const way = road(
    portal,
    page,
    json(503, {}),
    problem(404, { title: "?" }),
    json(201, { status: "normalised" }),
  );
  assert.equal((await send(SALE, way)).state, "normalised");
  assert.equal(way.requests.length, 5);
});

test("a 202 is durably sealed and then only asked about, as often as the server says", async () => {
  const waiting = () => json(202, { status: "sealed" }, { "Retry-After": "1" });
  const way = road(waiting(), waiting(), new TypeError("network"), json(200, { status: "normalised" }));
  assert.equal((await send(SALE, way)).state, "normalised");
  assert.deepEqual(
    way.requests.map((request) => request.method),
    ["PUT", "GET", "GET", "GET"],
  );
  assert.deepEqual(way.waits.slice(0, 2), [1000, 1000]);
  assert.deepEqual(way.told, ["sending", "waiting", "waiting", "waiting", "normalised"]);
});

test("only a problem with a rule rejects a sale, with its sentence", async () => {
  const way = road(
    problem(422, { title: "…" }),
    problem(422, { title: "Le total est faux.", rule: "total.expected" }),
  );
  const outcome = await send(SALE, way);
  assert.equal(outcome.state, "rejected");
  assert.equal(outcome.problem?.title, "Le total est faux.");
});

test("a closed till keeps the sale", async () => {
  const way = road(problem(401, { title: "Ouvrez la caisse.", rule: "auth.key" }));
  assert.equal((await send(SALE, way)).state, "locked");
});

test("a refusal of the control module is final", async () => {
  const way = road(json(201, { status: "refused", refusal: { by: "emcf", code: "6", text: "NIF inconnu" } }));
  assert.equal((await send(SALE, way)).answer?.refusal?.text, "NIF inconnu");
});

test("without a control module the seal is the last word", async () => {
  assert.equal((await send(SALE, road(json(201, { status: "sealed" })))).state, "sealed");
});

test("the wait grows with every failure up to a minute, without end", async () => {
  const way = road(...Array(12).fill(new TypeError("network")), json(201, { status: "normalised" }));
  await send(SALE, way);
  assert.ok(way.waits[0] <= 1000 && way.waits[11] >= 30_000 && way.waits[11] <= 60_000);
});
