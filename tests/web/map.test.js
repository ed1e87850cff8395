import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

/** The map of the scripts: lengths, and who may import whom. Drawn in docs/architecture.md. */
const ROOT = fileURLToPath(new URL("../../web/static/js/", import.meta.url));
const { default: ts } = await import(new URL("../../web/node_modules/typescript/lib/typescript.js", import.meta.url).href);
const MOST_LINES = 300;
const MOST_IN_A_FUNCTION = 40;
/** From the top down; what stands together does not import one another. */
const LAYERS = [["till"], ["till/state"], ["till/panels", "till/papers", "till/door"], ["shop"], ["sale"], ["tablet"], ["base"]];
/** Pages of their own, over base alone. */
const ASIDE = ["manage", "verify"];

const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js")).sort();
const text = (/** @type {string} */ name) => readFileSync(join(ROOT, name), "utf8");
const folderOf = (/** @type {string} */ name) => (dirname(name) === "." ? "" : dirname(name));
const level = (/** @type {string} */ folder) => LAYERS.findIndex((layer) => layer.includes(folder));

/** What that module imports, types in comments too; files below js alone. @param {string} name */
const imports = (name) =>
  [...text(name).matchAll(/(?:from|import)\s*\(?\s*["'](\.{1,2}\/[\w./-]+)["']/g)]
    .map(([, path = ""]) => relative(ROOT, resolve(ROOT, dirname(name), path)))
    .filter((path) => !path.startsWith(".."));

/** @param {string} from @param {string} to */
const allowed = (from, to) => {
  if (from === to) return true;
  if (ASIDE.includes(from)) return to === "base";
  return level(from) !== -1 && level(from) < level(to);
};

/** The functions of a module with their names and lengths. @param {string} name */
const functions = (name) => {
  const source = ts.createSourceFile(name, text(name), ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  /** @type {{where: string, lines: number}[]} */
  const found = [];
  const look = (/** @type {any} */ node) => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const last = source.getLineAndCharacterOfPosition(node.end).line;
      const named = node.name ?? node.parent?.name;
      found.push({ where: `${name}:${named?.getText(source) ?? "?"}`, lines: last - first + 1 });
    }
    ts.forEachChild(node, look);
  };
  look(source);
  return found;
};

test("every folder of scripts has its place in the map", () => {
  const folders = new Set(files.map(folderOf));
  assert.deepEqual([...folders].filter((folder) => folder && level(folder) < 0 && !ASIDE.includes(folder)), []);
  assert.deepEqual(files.filter((name) => !name.includes("/")), ["repair.js"]);
});

test("a script imports only what stands below it", () => {
  const upward = files.flatMap((name) =>
    imports(name).filter((path) => !allowed(folderOf(name), folderOf(path))).map((path) => `${name} -> ${path}`),
  );
  assert.deepEqual(upward, []);
});

test("no script is longer than one idea takes", () => {
  assert.deepEqual(files.filter((name) => text(name).split("\n").length - 1 > MOST_LINES), []);
});

test("no function of a script is longer than a screen", () => {
  const all = files.flatMap(functions).sort((a, b) => b.lines - a.lines);
  console.log("longest functions:", all.slice(0, 5).map(({ where, lines }) => `${where} ${lines}`).join(", "));
  assert.deepEqual(all.filter(({ lines }) => lines > MOST_IN_A_FUNCTION).map(({ where, lines }) => `${where} ${lines}`), []);
});
