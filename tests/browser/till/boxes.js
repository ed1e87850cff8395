/** What is wrong with where things stand on the till, read from boxes: a list of sentences, empty when all is well. */
(view) => {
  if (view) document.querySelector("#caisse").dataset.view = view;
  const wrong = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) wrong.push(`scrolls sideways: ${scrollWidth}`);
  for (const node of document.querySelectorAll("button, a, input")) {
    if (!node.checkVisibility() || node.closest(".chips")) continue; // a row of chips is pushed sideways
    if (node.getBoundingClientRect().right > innerWidth + 1) wrong.push(`no thumb reaches ${node.outerHTML.slice(0, 90)}`);
  }
  return wrong;
}
