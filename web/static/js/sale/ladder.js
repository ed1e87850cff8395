/** Whether a sale may be paid now: the ladder from "all is well" down to "nothing can be reached". */

const HOUR = 3_600_000;

/** @typedef {{policy: "bloquer" | "provisoire", hours: number}} Offline  what the outlet may sell alone */
/**
 * @typedef {Offline & {reached: boolean, persisted: boolean, oldestUnsealed: number | null,
 *   oldestWaiting: number | null, now: number}} Situation
 *   times in milliseconds; `oldestUnsealed` is a sale only this tablet has, `oldestWaiting` one that is
 *   sealed and waits for the control module
 * @typedef {{allowed: boolean, provisional: boolean, say: string, with: Record<string, string>,
 *   deadline: number | null}} Step
 *   `say` is a key of the catalogue, "" when there is nothing to say; `deadline` is when selling will stop
 */

/**
 * The step of the ladder a till stands on. Throws nothing.
 * @param {Situation} situation @returns {Step}
 */
export function mayPay({ policy, hours, reached, persisted, oldestUnsealed, oldestWaiting, now }) {
  const filling = { hours: String(hours) };
  /** @param {string} say @returns {Step} */
  const no = (say) => ({ allowed: false, provisional: false, say, with: filling, deadline: null });
  const deadline = firstDeadline([oldestUnsealed, oldestWaiting], hours);
  // Arrêté 033 art. 7g: a sale is regularised within 48 hours. Past them no other is made, server or not.
  if (deadline !== null && now >= deadline) return no("ladder.overdue");
  // The server is there: it will seal this sale at once, or say why not.
  if (reached) return { allowed: true, provisional: false, say: "", with: {}, deadline };
  if (policy === "bloquer") return no("ladder.blocked"); // SFE 1.1.5: no invoice without its security elements
  if (!persisted) return no("ladder.storage"); // a browser that may forget keeps no sale that only it has
  // Sold with a ticket that is no invoice: until the oldest sale must have become one, or this first one.
  const last = deadline ?? now + hours * HOUR;
  const left = String(Math.max(1, Math.floor((last - now) / HOUR)));
  return {
    allowed: true,
    provisional: true,
    say: "ladder.provisional",
    with: { ...filling, left },
    deadline: last,
  };
}

/** @param {readonly (number | null)[]} oldest @param {number} hours */
function firstDeadline(oldest, hours) {
  const known = oldest.filter((at) => at !== null);
  return known.length ? Math.min(...known) + hours * HOUR : null;
}
