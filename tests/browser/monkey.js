/**
 * A cashier who never stops: opens the till, sells ticket after ticket, each with one article more than
 * the last, and presses twice where a hurried person would. Only taps; it reads what it has sold
 * from the till's own database, to know the next number.
 */
(() => {
  const chance = () => Math.random();
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5 + chance() * 40));
  const seen = (selector) => {
    const element = document.querySelector(selector);
    return element?.checkVisibility() && !element.disabled && !element.closest("[inert]") ? element : null;
  };
  const tap = (element) => {
    element.click();
    if (chance() < 0.3 && element.isConnected) element.click();
  };
  const kept = () =>
    new Promise((resolve, reject) => {
      const opening = indexedDB.open("till");
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const db = opening.result;
        const tx = db.transaction(["outbox", "sealed"]);
        const found = ["outbox", "sealed"].map((name) => tx.objectStore(name).getAll());
        tx.oncomplete = () => {
          db.close();
          resolve(found.flatMap((request) => request.result));
        };
      };
    });
  const numberOf = (sale) => Number(sale.ticket.lines[0].quantity);
  let inHand = 0;

  async function open() {
    tap(seen("#noms input, .name input") ?? document.querySelector(".name"));
    for (const digit of globalThis.PIN) document.querySelector(`[data-pin='${digit}']`).click();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }

  async function begin() {
    if (document.querySelector("#saisie").textContent) return seen("#pave [data-key=clear]").click();
    const next = 1 + Math.max(0, ...(await kept()).map(numberOf));
    if (document.querySelectorAll(".line").length) return undefined;
    for (const digit of String(next)) {
      seen(`#pave [data-key='${digit}']`)?.click();
      await pause();
    }
    return seen("#articles [data-key='SEL01'] .tile")?.click();
  }

  async function step() {
    if (seen("#ouverture")) return open();
    if (!document.body.hasAttribute("data-ready") || !seen("#caisse")) return undefined;
    const lines = document.querySelectorAll(".line").length;
    if (inHand && !lines) {
      await globalThis.handedOver(inHand); // the screen said that it is sold
      inHand = 0;
      return undefined;
    }
    if (!lines) return begin();
    inHand = Number.parseInt(document.querySelector(".line-detail").textContent, 10);
    const button = seen("#especes") ?? seen("#encaisser") ?? seen("[data-back]");
    return button && tap(button);
  }

  addEventListener("load", async () => {
    for (;;) {
      await pause();
      await step().catch(() => {});
    }
  });
})();
