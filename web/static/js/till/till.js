/** The one page: says what it waits for, then the names, then the till as it was left. */
import { device, enrol } from "../tablet/device.js";
import { byId } from "../base/dom.js";
import { say } from "./door/screens.js";
import { language, speak } from "../base/i18n.js";
import { lockScreen } from "./door/lock-screen.js";
import { defend } from "../tablet/persistence.js";
import { context, pull, pullContext } from "../shop/supply.js";
import { holdTill } from "../tablet/tabs.js";
import "../base/theme.js";
import { lock, whoIsOpen } from "../tablet/unlock.js";
import { applyNow, updates } from "../tablet/update.js";

const AGAIN = 5000;
/** Marks, across a reload, that the till is wanted in this tab. */
const TAKE = "bono.take";
const NEVER = new Promise(() => {});

/** @type {Promise<typeof import("./open-till.js")> | undefined} */
let coming;
/** @type {(till: typeof import("./open-till.js")) => void} */
let begin = () => {};
/** The till, once it runs. @type {Promise<typeof import("./open-till.js")>} */
const begun = new Promise((resolve) => {
  begin = resolve;
});
/** Whether articles and prices were ever here. */
let supplied = true;
let isIdle = () => true;
/** Applies the next build, once one waits. @type {(() => void) | undefined} */
let update;

const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** @param {unknown} refusal */
const ruleOf = (refusal) => /** @type {{rule?: string}} */ (refusal).rule;

/** What sells, asked for once: the first tap on a name does not wait for it. */
const desk = () => (coming ??= Promise.all([import("./open-till.js"), styled()]).then(([till]) => till));

/** Resolves once the styles of the till stand; its files are on their way at once, not one after another. */
function styled() {
  const rest = document.importNode(/** @type {HTMLTemplateElement} */ (byId("ensuite")).content, true);
  const sheets = /** @type {HTMLLinkElement[]} */ ([...rest.querySelectorAll("link[rel=stylesheet]")]);
  const loaded = sheets.map((sheet) => new Promise((done) => (sheet.onload = sheet.onerror = done)));
  document.head.append(rest);
  return Promise.all(loaded);
}

const names = lockScreen(async () => {
  delete document.body.dataset.ready;
  applyNow(); // a build that waits takes over: the till is open again behind it
  if (!supplied) say("wait.server");
  await (await begun).open();
});

async function showNames() {
  const [known, here] = await Promise.all([context(), device()]);
  await names([known?.outlet_name, here?.terminal_name].filter(Boolean).join(" · "));
  document.body.dataset.ready = "ouverture";
}

async function close() {
  delete document.body.dataset.ready;
  await lock();
  await showNames();
}

/** Resolves once this device is a till; until then the page says what to do. */
async function enrolled() {
  while (!(await device())) {
    try {
      await enrol();
    } catch (refusal) {
      const refused = ruleOf(refusal) !== undefined;
      say(refused ? "enrol.needed" : "enrol.unreachable", { steps: refused });
      await (refused ? NEVER : wait(AGAIN));
    }
  }
}

/** Resolves once the till knows where it is; one that was here before knows it without asking. */
async function informed() {
  while (!(await context())) {
    supplied = false;
    await pullContext().catch(async (refusal) => {
      say(ruleOf(refusal)?.startsWith("auth.") ? "enrol.again" : "wait.server");
      await wait(AGAIN);
    });
  }
}

/** @param {Promise<unknown>} asked @returns {Promise<boolean>} whether the server answered */
const answered = (asked) =>
  asked.then(
    () => true,
    () => false,
  );

/** What is new is fetched behind the till; the first time it is waited for. @param {() => Promise<void>} catchUp */
async function supply(catchUp) {
  const first = answered(catchUp());
  if (supplied) return;
  for (supplied = await first; !supplied; supplied = await answered(pull())) await wait(AGAIN);
}

/** Another tab takes the till: all is stored, then this one can only be read. */
async function lose() {
  const { settled } = await import("../sale/current-ticket.js");
  await settled();
  byId("voile").hidden = false;
  byId("caisse").inert = true;
  byId("ouverture").inert = true;
  byId("voile-bouton").onclick = () => {
    sessionStorage.setItem(TAKE, "1");
    location.reload();
  };
  byId("voile-bouton").focus();
}

/** Another tab is the till: who has just asked for it here is not asked again. @param {() => void} take */
function elsewhere(take) {
  if (sessionStorage.getItem(TAKE)) take();
  else say("tabs.elsewhere", { button: "tabs.here", act: take });
}

/** Nothing is sold where it would not stay. */
async function memory() {
  const found = await defend();
  if (found.private) {
    say("storage.private");
    await NEVER;
  }
  return found;
}

async function start() {
  if (language() !== "fr") await speak(language()).catch(() => {}); // French is always there
  void updates({
    safe: () => isIdle(),
    offer: (apply) => {
      update = apply;
    },
  });
  await holdTill({ onLost: lose, onWait: elsewhere });
  sessionStorage.removeItem(TAKE);
  const found = await memory();
  await enrolled();
  await informed();
  byId("verrouiller").addEventListener("click", close);
  const opened = await whoIsOpen();
  if (!opened) await showNames();
  const till = await desk();
  isIdle = till.isIdle;
  await till.start(found, { update: () => update });
  await supply(till.catchUp);
  begin(till);
  if (opened) await till.open();
}

start();
