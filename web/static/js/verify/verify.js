/** `/v#seal`: verifies the seal of the fragment. The sentences stand in the page; this chooses one. */

import { byId, inputById, inside, write } from "../base/dom.js";
import { SealRefused, parseSeal, verifySeal } from "./seal.js";

/** @typedef {import("./seal.js").PublicKey} PublicKey */

class KeysUnreachable extends Error {}

/** @param {RequestCache} cache @returns {Promise<PublicKey[]>} */
async function publishedKeys(cache) {
  try {
    const answer = await fetch("/.well-known/jwks.json", { cache });
    const { keys } = await answer.json();
    if (answer.ok && Array.isArray(keys)) return keys;
  } catch {
    // No network, or a captive portal's page: the same to us.
  }
  throw new KeysUnreachable();
}

/** A key may have been published since the browser kept the list. @param {string} seal */
async function verified(seal) {
  try {
    return await verifySeal(seal, await publishedKeys("default"));
  } catch (error) {
    if (!(error instanceof SealRefused) || error.reason !== "key") throw error;
    return verifySeal(seal, await publishedKeys("reload"));
  }
}

/** Shows, of the elements that carry `data-{name}`, the one with that value. @param {string} name @param {string} value */
function choose(name, value) {
  for (const element of document.querySelectorAll(`[data-${name}]`)) {
    if (element instanceof HTMLElement) element.hidden = element.dataset[name] !== value;
  }
}

/** @param {string} verdict */
function conclude(verdict) {
  choose("verdict", verdict);
  byId("sealed").hidden = verdict !== "sealed";
  byId("by-hand").hidden = verdict === "sealed" || verdict === "working";
}

/** @param {Record<string, string>} statement @param {string} code */
function tell(statement, code) {
  const { fiscal_number: number = "", total = "", timestamp = "", invoice_type: type = "" } = statement;
  const { authority = "" } = statement;
  const by = authority === "centre" ? "le service central Bono Pay" : authority; // as the paper says it
  const facts = { ...statement, authority: by, total: asPrinted(total), code };
  for (const [name, text] of Object.entries(facts)) {
    const place = document.querySelector(`[data-fact="${name}"]`);
    if (place) write(place, text);
  }
  for (const place of document.querySelectorAll("[data-offset]")) {
    write(place, shifted(timestamp, Number(place.getAttribute("data-offset"))));
  }
  choose("type", type);
  byId("online").setAttribute("href", `/v/${number}?c=${code}`);
}

/** An amount as the paper prints it, with its decimals even when they are zeros. @param {string} total */
function asPrinted(total) {
  const [whole, decimals] = total.split(".");
  return `${whole?.replace(/\B(?=(\d{3})+$)/g, "\u202f")},${decimals}\u00a0FC`;
}

/** A UTC timestamp as a clock so many seconds east shows it. @param {string} timestamp @param {number} seconds */
function shifted(timestamp, seconds) {
  const [day, time] = new Date(Date.parse(timestamp) + seconds * 1000).toISOString().split("T");
  return `${day?.split("-").reverse().join("/")} ${time?.slice(0, 8)}`;
}

/** The verdict on the seal, told unless the page has been given another one since. @param {string} seal */
async function judge(seal) {
  let conclusion;
  try {
    const { statement, code } = await verified(seal);
    conclusion = () => {
      tell(statement, code);
      conclude("sealed");
    };
  } catch (error) {
    conclusion = () => refuse(error);
  }
  if (seal === fragment()) conclusion();
}

/** @param {unknown} error */
function refuse(error) {
  if (error instanceof KeysUnreachable) return conclude("offline");
  if (!(error instanceof SealRefused)) throw error;
  choose("reason", error.reason);
  conclude(error.reason === "key" ? "key" : "false");
}

const fragment = () => location.hash.slice(1);

/** Browsers give WebCrypto to secure addresses only. @param {string} seal */
function cannot(seal) {
  try {
    inputById("numero").value = parseSeal(seal).statement.fiscal_number ?? "";
    conclude("unable");
  } catch (error) {
    refuse(error);
  }
}

function look() {
  const seal = fragment();
  if (!seal) return conclude("none");
  if (!globalThis.crypto?.subtle) return cannot(seal);
  conclude("working");
  void judge(seal);
}

const lookAgain = () => {
  if (!inside(document, '[data-verdict="offline"]').hidden) look();
};

addEventListener("hashchange", look);
addEventListener("online", lookAgain);
byId("again").addEventListener("click", look);
look();
