/**
 * One tab at a time is the till. Nothing is lost or doubled when two are, since the server knows each
 * sale by its id; but only one screen shows what is true.
 */

const LOCK = "till";
const CHANNEL = "bono-tabs";
/** A page that is loaded again may find its own lock still held for an instant. */
const AGAIN_MS = 300;
const PATIENCE_MS = 2000;
const LOOK_MS = 1000;

/**
 * Resolves once this tab is the till. While another is, `onWait` is given what "Reprendre ici" does:
 * the other tab saves and gives way, or loses the till after two seconds without an answer. A tab that
 * waits is the till by itself once the other is closed. `onLost` is told when another tab takes the
 * till; it saves, and shows what cannot be changed here.
 * @param {{onLost: () => unknown, onWait: (resume: () => Promise<void>) => void}} tab
 * @returns {Promise<void>}
 */
export async function holdTill({ onLost, onWait }) {
  if (await held({ ifAvailable: true }, onLost)) return; // a slow tablet alone is never told of another tab
  if (await held({ signal: AbortSignal.timeout(AGAIN_MS) }, onLost)) return;
  await new Promise((resolve) => {
    let look = Promise.resolve(false);
    const looking = setInterval(async () => {
      look = held({ ifAvailable: true }, onLost);
      if (!(await look)) return;
      clearInterval(looking);
      resolve(undefined);
    }, LOOK_MS);
    onWait(async () => {
      clearInterval(looking);
      if (!(await look)) await take(onLost);
      resolve(undefined);
    });
  });
}

/** The till is ours, given or not. @param {() => unknown} onLost */
async function take(onLost) {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("give way");
  const given = await held({ signal: AbortSignal.timeout(PATIENCE_MS) }, onLost);
  channel.close();
  if (!given) await held({ steal: true }, onLost);
}

/**
 * Whether the till is ours; if so, it is until another tab takes it.
 * @param {LockOptions} options @param {() => unknown} onLost @returns {Promise<boolean>}
 */
function held(options, onLost) {
  return new Promise((resolve) => {
    /** @type {(() => unknown) | undefined} */
    let lose;
    navigator.locks
      .request(LOCK, options, (lock) => {
        if (!lock) return resolve(false);
        lose = once(onLost);
        resolve(true);
        return asked(lose);
      })
      .catch(() => (lose ? lose() : resolve(false))); // stolen, or not given in time
  });
}

/** Resolves when another tab has asked for the till and this one has saved. @param {() => unknown} lose */
async function asked(lose) {
  const channel = new BroadcastChannel(CHANNEL);
  await new Promise((resolve) => channel.addEventListener("message", resolve, { once: true }));
  channel.close();
  await lose();
}

/** @param {() => unknown} act @returns {() => unknown} the first result again at every further call */
function once(act) {
  /** @type {{result: unknown} | undefined} */
  let done;
  return () => (done ??= { result: act() }).result;
}
