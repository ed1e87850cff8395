/** The few things every view does with the page. Text only ever enters through `textContent`. */

/** The element with that id; the page always has it. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id} in the page`);
  return found;
}

/** @param {string} id */
export const inputById = (id) => /** @type {HTMLInputElement} */ (byId(id));

/** @param {string} id */
export const buttonById = (id) => /** @type {HTMLButtonElement} */ (byId(id));

/** The first match inside `root`. @param {ParentNode} root @param {string} selector @returns {HTMLElement} */
export function inside(root, selector) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`no ${selector} here`);
  return found;
}

/** @param {Element} element @param {string} text written only when it differs: a status speaks once */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} name a symbol of the sprite that stands in the page @returns {SVGElement} */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS(svg.namespaceURI, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return /** @type {SVGElement} */ (svg);
}

/** @param {string} id of a template @returns {HTMLElement} a fresh copy of its one element */
export function copyOf(id) {
  const template = /** @type {HTMLTemplateElement} */ (byId(id));
  return /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
}

/**
 * Makes `list` show `items` in order. An item keeps its element between calls, and so its focus.
 * @template T
 * @param {HTMLElement} list @param {string} template @param {readonly T[]} items
 * @param {(item: T) => string} keyOf @param {(element: HTMLElement, item: T, index: number) => void} fill
 */
export function show(list, template, items, keyOf, fill) {
  const kept = new Map(
    [...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]),
  );
  items.forEach((item, index) => {
    const key = keyOf(item);
    const element = /** @type {HTMLElement} */ (kept.get(key) ?? copyOf(template));
    kept.delete(key);
    element.dataset.key = key;
    fill(element, item, index);
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  });
  kept.forEach((element) => element.remove());
}

/**
 * Calls `act` at each tap inside `root`, with the nearest element that carries `data-{name}`.
 * @param {HTMLElement} root @param {string} name
 * @param {(value: string, element: HTMLElement) => void} act
 */
export function onTap(root, name, act) {
  root.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target).closest(`[data-${name}]`);
    if (target instanceof HTMLElement && root.contains(target)) act(target.dataset[name] ?? "", target);
  });
}
