/**
 * The back key closes what is open over the articles, and never the till under it. While something is open one
 * entry of the browser's history stands for it. It stays when a tap closed that: to take it away is an act of
 * the browser that ends later, perhaps in the midst of the next payment.
 */

const OPEN = ":popover-open";

/** Whether our entry is the one in force, also after a reload. */
const stands = () => Boolean(history.state?.over);

/** @param {() => boolean} isOpen whether a panel covers the articles */
const covered = (isOpen) => isOpen() || document.querySelector(OPEN) !== null;

/** The sheet that was opened last, else the panel, is closed. @param {() => void} close */
function closeOne(close) {
  const sheet = /** @type {HTMLElement | undefined} */ ([...document.querySelectorAll(OPEN)].at(-1));
  if (sheet) sheet.hidePopover();
  else close();
}

/**
 * @param {{isOpen: () => boolean, close: () => void}} panel
 * @returns {() => void} to be called when a panel may have opened
 */
export function backCloses({ isOpen, close }) {
  const guard = () => void (covered(isOpen) && !stands() && history.pushState({ over: true }, ""));
  addEventListener("popstate", () => {
    if (!covered(isOpen)) return;
    closeOne(close);
    guard(); // a sheet may have lain over a panel
  });
  document.addEventListener("toggle", guard, true); // of a sheet: it does not bubble
  return guard;
}
