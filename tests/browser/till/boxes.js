/**
 * What is wrong with where things stand on the till, read from boxes: a list of sentences, empty when
 * all is well. `view` is the one to show where there are two; `elsewhere` names the places where a text
 * may be cut, because a tap shows it whole.
 */
([view, elsewhere]) => {
  if (view) document.querySelector("#caisse").dataset.view = view;
  const wrong = [];
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const layer = document.querySelector(":popover-open") ?? all("#voile:not([hidden])")[0] ?? document.body;
  const about = (node) => `${node.id ? `#${node.id}` : `${node.localName}.${node.className}`} « ${node.textContent.trim().slice(0, 40)} »`;
  const styleOf = (node) => getComputedStyle(node);
  const around = (node) => (node && node !== layer ? [node, ...around(node.parentElement)] : []);
  const shown = (node) =>
    node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    around(node).every((one) => styleOf(one).clipPath === "none"); // else it is for the ear only

  /** What is left of a box where the screen ends, or something around it scrolls or hides. */
  const seen = (box, node) => {
    let { left, top, right, bottom } = { left: Math.max(box.left, 0), top: Math.max(box.top, 0), right: Math.min(box.right, innerWidth), bottom: Math.min(box.bottom, innerHeight) };
    for (const one of around(node)) {
      const edge = one.getBoundingClientRect();
      if (styleOf(one).overflowX !== "visible") [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
      if (styleOf(one).overflowY !== "visible") [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
    }
    return { left, top, right, bottom, width: right - left, height: bottom - top };
  };
  const whole = (node) => {
    const box = node.getBoundingClientRect();
    const part = seen(box, node);
    return box.width > 0 && part.width > box.width - 1 && part.height > box.height - 1;
  };

  const nodes = all("*", layer).filter((node) => node instanceof HTMLElement && shown(node));
  const controls = nodes.filter((node) => node.matches("button, a, input, label[data-tap]"));
  const texts = nodes.flatMap((node) =>
    [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim()).map((child) => {
      const range = document.createRange();
      range.selectNodeContents(child);
      return { node, range };
    }),
  );

  // Nothing runs out of the screen; a row of chips is pushed sideways.
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) wrong.push(`scrolls sideways: ${scrollWidth}`);
  for (const node of controls.filter((one) => !one.closest(".chips"))) {
    const { left, right } = node.getBoundingClientRect();
    if (right > innerWidth + 1 || left < -1) wrong.push(`no thumb reaches ${about(node)}`);
  }

  // No text is cut without its full form.
  for (const { node, range } of texts.filter((one) => !one.node.closest(".chips"))) {
    const run = range.getBoundingClientRect();
    for (const one of around(node)) {
      const { overflowX, overflowY, webkitLineClamp } = styleOf(one);
      const edge = one.getBoundingClientRect();
      const across = ["hidden", "clip"].includes(overflowX) && (run.right > edge.right + 1 || run.left < edge.left - 1);
      const down = ["hidden", "clip"].includes(overflowY) && webkitLineClamp !== "none" && one.scrollHeight > one.clientHeight + 4;
      if ((across || down) && !one.matches(elsewhere)) wrong.push(`cut: ${about(one)}`);
    }
  }

  // Nothing lies over something else; what sticks to an edge lies over what scrolls below it.
  const bar = (node) => around(node).find((one) => ["sticky", "fixed"].includes(styleOf(one).position));
  const items = [
    ...controls.map((node) => ({ node, slack: 2, boxes: [node.getBoundingClientRect()] })),
    ...texts.map(({ node, range }) => ({ node, slack: 5, boxes: [...range.getClientRects()] })), // letters are less high than their box
  ].flatMap(({ node, slack, boxes }) =>
    boxes.map((box) => ({ node, slack, bar: bar(node), box: seen(box, node) })).filter(({ box }) => box.width > 1 && box.height > 1),
  );
  items.forEach((one, index) => {
    for (const other of items.slice(index + 1)) {
      if (one.bar !== other.bar || one.node.contains(other.node) || other.node.contains(one.node)) continue;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (across > 2 && down > Math.min(one.slack, other.slack)) wrong.push(`over one another: ${about(one.node)}, ${about(other.node)}`);
    }
  });

  // What a cashier must always see: what is to be paid, how to go on, and three lines or the chosen one.
  const till = document.querySelector("#caisse");
  if (till.hidden || layer !== document.body) return wrong;
  const selling = document.querySelector("#rendu").hidden ? ["#total", "#encaisser"] : ["#rendu-somme"];
  const must = { catalogue: selling, paiement: ["#reste"], client: [] }[till.dataset.panel];
  wrong.push(...must.filter((selector) => !whole(document.querySelector(selector))).map((selector) => `not in sight: ${selector}`));
  const lines = all(".line").filter(shown);
  const chosen = lines.find((line) => line.querySelector("[aria-expanded=true]"));
  const inSight = lines.filter((line) => whole(line.querySelector(".line-main"))).length;
  const small = (innerWidth < 360 || innerHeight < 480) && all(".notice").some(shown); // a sentence stands there too
  if (chosen ? !whole(chosen) : inSight < Math.min(lines.length, small ? 2 : 3)) wrong.push(`of ${lines.length} lines ${inSight} in sight`);
  return wrong;
}
