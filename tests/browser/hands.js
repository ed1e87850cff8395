/**
 * People and scanners at one till: each sequence is drawn from its seed. Keys carry times of their own, so that
 * a slow scanner costs no time. What was meant is kept beside each sale: who scanned what, who typed which number.
 */
globalThis.hands = async (addresses, articles) => {
  const { current } = await import(addresses.ticket);
  const { isBusy } = await import(addresses.selling);
  const { onUs, onFrench } = await import(addresses.positions);
  let seed = 0;
  let clock = performance.now() + 1e7; // ahead of the page's own clock: its timers judge nothing
  const chance = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low, high) => low + Math.floor(chance() * (high - low + 1));
  const one = (list) => list[between(0, list.length - 1)];
  const $ = (selector) => document.querySelector(selector);
  const seen = (selector) => [...document.querySelectorAll(selector)].filter((found) => found.checkVisibility() && !found.disabled);
  const pause = () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel(); // a timer would wait longer than the database does
    port1.onmessage = resolve;
    port2.postMessage(0);
  });

  // --- Keys
  const LAYOUTS = { us: onUs, french: onFrench };
  const CODES = [
    ...[..."1234567890"].map((digit) => `Digit${digit}`),
    ...[..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => `Key${letter}`),
    ..."Minus Equal BracketLeft BracketRight Backslash Semicolon Quote Comma Period Slash Space".split(" "),
  ];
  const HOW = [{ shift: false, graph: false }, { shift: true, graph: false }, { shift: false, graph: true }];
  const tables = Object.fromEntries(
    Object.entries(LAYOUTS).map(([name, layout]) => [
      name,
      new Map(HOW.flatMap((how) => CODES.map((code) => [layout({ code, ...how }), { code, ...how }])).reverse()),
    ]),
  );
  const isText = (place) => place.matches("input:not([type=radio], [type=checkbox]), textarea");

  function write(place, text) {
    place.value += text;
    place.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  /** A key goes down as a browser would have it: first the page, then what the browser does by itself. */
  function down(key, code = key, { shift = false, graph = false, ctrl = false } = {}) {
    const place = document.activeElement ?? document.body;
    const how = { key, code, shiftKey: shift, ctrlKey: ctrl, modifierAltGraph: graph, bubbles: true, cancelable: true };
    const event = new KeyboardEvent("keydown", how);
    Object.defineProperty(event, "timeStamp", { value: clock });
    if (!place.dispatchEvent(event) || ctrl) return;
    if (key.length === 1 && isText(place)) write(place, key);
    if ((key === "Enter" || key === " ") && place.matches("button")) place.click();
    if (key === "Enter" && isText(place)) place.form?.requestSubmit();
  }

  function tap(target) {
    clock += between(300, 1500);
    const event = new PointerEvent("pointerdown", { bubbles: true });
    Object.defineProperty(event, "timeStamp", { value: clock });
    target.dispatchEvent(event);
    target.click();
  }

  const SCANNERS = [
    { gap: [2, 12], end: "Enter" },
    { gap: [2, 30], end: "Tab" },
    { gap: [4, 30], end: "" },
    { gap: [30, 95], end: "Enter" },
    { gap: [100, 250], end: "Enter" },
    { gap: [110, 280], end: "" },
    { gap: [3, 20], end: "Enter", late: [110, 1500] },
    { gap: [60, 220], end: "Enter", late: [250, 1800] },
    { gap: [5, 40], end: "Enter", between: ["Shift"] },
    { gap: [5, 40], end: "Enter", between: ["CapsLock", "Control", "Alt"] },
    { gap: [5, 20], end: "Enter", again: true },
    { gap: [5, 30], end: "Enter", prefix: true },
    { gap: [120, 250], end: "Enter", prefix: true },
    { gap: [5, 30], end: "Enter", scanner: "us", machine: "french" },
    { gap: [5, 30], end: "", scanner: "french", machine: "us" },
    { gap: [110, 240], end: "Enter", scanner: "us", machine: "french" },
    { gap: [5, 30], end: "Enter", scanner: "us", machine: "us", caps: true },
  ];

  function written(place, { machine = "us", caps = false }) {
    const plain = LAYOUTS[machine](place) ?? "";
    const isLetter = plain.toLowerCase() !== plain.toUpperCase();
    return caps && isLetter ? (place.shift ? plain.toLowerCase() : plain.toUpperCase()) : plain;
  }

  /** The trigger is pulled: all its keys come, and silence. */
  function scan(code, how = one(SCANNERS)) {
    clock += between(400, 4000);
    const prefix = how.prefix ? (code.length === 8 ? "]E4" : "]E0") : "";
    [...prefix, ...code].forEach((character, at) => {
      if (at) clock += between(...how.gap);
      for (const key of how.between ?? []) down(key);
      const place = tables[how.scanner ?? "us"].get(character);
      down(written(place, how), place.code, place);
    });
    if (how.end) {
      clock += between(...(how.late ?? how.gap));
      down(how.end);
    }
    if (how.again) down("Enter");
    clock += 2500;
    down("Shift"); // nothing: but it is heard after the silence
  }

  /** A person types that number, on the keys or on the screen. */
  function type(number) {
    if ($("#saisie").textContent) tap(seen("#pave [data-key=clear]")[0]);
    clock += between(500, 3000);
    const keys = chance() < 0.5;
    if (keys && isText(document.activeElement)) document.activeElement.blur();
    for (const digit of String(number)) {
      clock += between(130, 400);
      if (keys) down(digit, chance() < 0.5 ? `Digit${digit}` : `Numpad${digit}`);
      else tap(one(seen(`#pave [data-key='${digit}']`)));
    }
    clock += 500;
    down("Shift");
  }

  // --- What a person wants at the till
  const known = articles.filter(({ barcode }) => barcode);
  const UNKNOWN = ["4006381333931", "96385081", "614141000036", "KILO-77", "9999999999999", "https://exemple.cd/x?y=1"];
  const PASTED = ["riz", "6001000000017", "  9XK22\t", "A\u2028B", "\u200b", "12500000", "0".repeat(40), "😀 ok", "REF\n77", "\u202e12"];
  let meant;
  const wants = () => ({ added: {}, numbers: [], sums: [], touched: false });
  const adds = ({ code }) => (meant.added[code] = (meant.added[code] ?? 0) + 1);
  const panel = () => current().panel;
  const state = () => JSON.stringify([current(), $("#avis").textContent, $(":popover-open")?.id, $("#recherche").value]);

  /** What a scan may change once it is known; what was typed before it goes at once. */
  const told = () => JSON.stringify([current().ticket.lines, current().ticket.client, panel(), $("#avis").textContent, $(":popover-open")?.id, ...[...document.querySelectorAll("#reference, #client-recherche")].map(({ value }) => value)]);

  /** Until the till has done something about it. */
  async function answered(before, patience, look = state) {
    const until = performance.now() + patience;
    while (performance.now() < until && look() === before) await pause();
    for (let last = "", same = 0; same < 3; await pause()) {
      same = last === state() && !isBusy() && !$("[aria-busy]") ? same + 1 : 0;
      last = state();
    }
  }

  async function act(doing) {
    if (!$("#avis").hidden) tap($("#avis"));
    const isScan = doing === scanned || doing === twice;
    const look = isScan ? told : state;
    const before = look();
    await doing();
    await answered(before, isScan ? 1000 : 5, look);
    if (doing === twice) await answered(look(), 50, look);
    await questioned();
    for (const open of document.querySelectorAll(":popover-open")) if (open.id !== "question") open.hidePopover();
  }

  /** A person says yes to a number that they meant, and to no other. */
  async function questioned() {
    while ($("#question").matches(":popover-open")) {
      const text = $("#question-oui").textContent.replace(/[\s\u202f\u00a0]/g, "");
      const number = Number(/\d+/.exec(text)?.[0] ?? NaN);
      const mine = [...meant.numbers, ...meant.sums].includes(number) || Number.isNaN(number);
      const before = state();
      tap($(mine ? "#question-oui" : "#question-non"));
      await answered(before, 1000);
    }
  }

  const anywhere = () => {
    const field = chance() < 0.35 ? one(seen("#recherche, #reference, #client-recherche")) : undefined;
    if (field) field.focus();
    else document.activeElement?.blur?.();
  };
  const scanned = async () => {
    anywhere();
    const article = chance() < 0.75 ? one(known) : undefined;
    if (article) adds(article);
    scan(article?.barcode ?? one(UNKNOWN));
  };
  const twice = async () => {
    for (const article of [one(known), one(known)]) {
      adds(article);
      scan(article.barcode); // the second comes while the first is still looked for
    }
  };
  const counted = async () => {
    const number = one([2, 3, 5, 12, 24, 40, 1200]);
    meant.numbers.push(number);
    type(number);
  };
  const zero = async () => type(0);
  const tile = async () => {
    const item = one(seen("#articles li"));
    if (!item) return;
    const article = articles.find(({ code }) => code === item.dataset.key);
    const before = JSON.stringify(current().ticket.lines);
    tap(item.querySelector(".tile"));
    if (before !== JSON.stringify(current().ticket.lines)) adds(article);
  };
  const pasted = async () => {
    const field = one(seen("#recherche, #reference, #client-recherche"));
    if (!field) return;
    field.focus();
    field.value = one(PASTED);
    field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
    meant.touched = true; // Enter may find the one article that it means
    if (chance() >= 0.3) return;
    down("Enter");
    await new Promise((resolve) => setTimeout(resolve, 150)); // what it finds is of this ticket, not of the next
  };
  const changed = async () => {
    const line = one(seen("#lignes .line-main"));
    if (!line) return;
    meant.touched = true;
    tap(line);
    const tool = one(seen("#lignes .line-tools button"));
    if (tool && chance() < 0.7) tap(tool);
  };
  const handed = async () => {
    const due = Number((Number(current().ticket.lines.length) ? $("#reste").textContent : "0").replace(/\D/g, ""));
    const sum = one([500, 1000, Math.ceil(due / 5000) * 5000, due + 500, 20000, 50000, 12500000]);
    meant.sums.push(sum);
    type(sum);
    if (chance() < 0.5) down("Enter");
    else seen("#especes, #especes-usd").slice(0, 1).forEach(tap);
  };
  const note = async () => {
    const chip = one(seen("#billets [data-sum], #billets-usd [data-sum]"));
    if (!chip) return;
    meant.sums.push(Number(chip.dataset.sum) / 100);
    tap(chip);
  };
  const touch = (selector) => async () => seen(selector).slice(0, 1).forEach(tap);
  const any = (selector) => async () => {
    const found = one(seen(selector));
    if (found) tap(found);
  };

  const AT = {
    catalogue: [scanned, scanned, scanned, scanned, twice, counted, counted, zero, tile, tile, pasted, changed, touch("#encaisser"), touch("#encaisser")],
    paiement: [scanned, handed, handed, note, note, touch("#especes"), touch("#choisir-usd"), any("[data-provider]"), pasted, touch("#recu"), touch("[data-back]"), any("[data-drop]"), any("[data-means]"), touch("#pave [data-key=ok]")],
    client: [touch("[data-back]")],
  };

  /** The ticket is paid in exact cash, or given up. */
  async function finish(id) {
    const open = () => current().ticket.sale_id === id && current().ticket.lines.length;
    const steps = ["#pave [data-key=clear]", "#encaisser", "#pave [data-key=clear]", "[data-means]", "#garder", "#especes"];
    for (let turn = 0; turn < 3 && open(); turn += 1) for (const step of steps) if (open()) await act(touch(step));
    if (!open()) return;
    if (panel() !== "catalogue") await act(touch("[data-back]"));
    tap($("#abandonner"));
    while (!seen("[data-reason]").length) await pause(); // the first time, its panel is on its way
    tap(one(seen("[data-reason]")));
    for (let turn = 0; turn < 5000 && open(); turn += 1) await pause();
  }

  const intents = {};
  /** One sequence; the sales that came of it stand in the outbox. */
  async function sequence(number) {
    seed = number;
    meant = wants();
    if ($("#saisie").textContent) tap(seen("#pave [data-key=clear]")[0]); // of the sequence before
    $("#recherche").value = "";
    $("#recherche").dispatchEvent(new InputEvent("input", { bubbles: true }));
    const { sale_id } = current().ticket;
    intents[sale_id] = meant;
    for (let left = between(4, 14); left > 0 && current().ticket.sale_id === sale_id; left -= 1) await act(one(AT[panel()]));
    if (current().ticket.sale_id === sale_id) await finish(sale_id);
    return current().ticket.lines.length === 0;
  }

  return {
    intents,
    async run(from, to) {
      const stuck = [];
      for (let number = from; number < to; number += 1) if (!(await sequence(number))) stuck.push({ number, ...current(), said: $("#avis").textContent, question: $("#question").textContent });
      return { stuck, intents };
    },
  };
};
