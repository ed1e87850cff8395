/** On a phone the pad stands below the ticket; who wants it below the articles too says so once. */
import { byId } from "../base/dom.js";

const KEPT = "bono.pad";

function render() {
  const open = localStorage.getItem(KEPT) === "open";
  byId("caisse").dataset.pad = open ? "open" : "";
  byId("montrer-pave").setAttribute("aria-pressed", String(open));
}

/** The pad is where it was last wanted on this tablet, and moves at a tap. */
export function padTool() {
  render();
  byId("montrer-pave").addEventListener("click", () => {
    localStorage.setItem(KEPT, byId("caisse").dataset.pad ? "" : "open");
    render();
  });
}
