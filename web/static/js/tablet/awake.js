/** The screen stays lit while a ticket is open, unless the battery is nearly empty. */

const EMPTY = 0.2;
/** @type {WakeLockSentinel | null} */
let lock = null;
let wanted = false;

/** @returns {Promise<boolean>} */
async function hasPower() {
  const battery = await /** @type {any} */ (navigator).getBattery?.().catch(() => null);
  return !battery || battery.charging || battery.level > EMPTY;
}

async function hold() {
  if (!wanted || lock || document.hidden || !("wakeLock" in navigator)) return;
  if (!(await hasPower()) || !wanted || lock) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    lock.addEventListener("release", () => (lock = null));
  } catch {
    lock = null; // the device says no (battery saver): the till works without
  }
}

/** @param {boolean} lit whether a ticket is open */
export function stayAwake(lit) {
  if (lit === wanted) return;
  wanted = lit;
  if (lit) hold();
  else lock?.release();
}

document.addEventListener("visibilitychange", hold); // the lock goes with the page out of sight
