/** Arrows in a list of buttons that wraps: one stop of the Tab key, then any of them in its row and column. */

/**
 * Where a key leads from one of them, or -1.
 * @param {string} key @param {number} at @param {number} count @param {number} columns
 */
export function target(key, at, count, columns) {
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = steps[/** @type {keyof typeof steps} */ (key)];
  const next = step === undefined ? -1 : at + step;
  return next < count ? next : -1;
}

/** How many stand beside the first. @param {readonly HTMLElement[]} buttons */
const columnsOf = (buttons) => buttons.filter(({ offsetTop }) => offsetTop === buttons[0]?.offsetTop).length;

/**
 * @param {HTMLElement} list @param {string} selector of its buttons
 * @returns {() => void} to be called when they changed: one of them is reached by Tab
 */
export function arrows(list, selector) {
  const buttons = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(selector)]);
  /** @param {HTMLElement | undefined} chosen */
  const stop = (chosen) => buttons().forEach((one) => (one.tabIndex = one === chosen ? 0 : -1));
  list.addEventListener("focusin", ({ target: one }) => {
    if (one instanceof HTMLElement && one.matches(selector)) stop(one);
  });
  list.addEventListener("keydown", (event) => {
    const all = buttons();
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    const next = at < 0 ? undefined : all[target(event.key, at, all.length, columnsOf(all))];
    if (!next) return;
    event.preventDefault(); // else the page scrolls
    next.focus();
  });
  return () => stop(buttons().find((one) => one.tabIndex === 0 && one === document.activeElement) ?? buttons()[0]);
}
