import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { projectRoot } from "@/lib/infra/project-root";

/*
 * Holds docs/seeds.md true: each test that it names is there, under exactly that title, and no row goes without a test or
 * a reason. What the tests prove is for them to say.
 */

interface NamedTest {
  file: string;
  title: string;
}

interface Row {
  /** Of the page that says it. */
  heading: string;
  sentence: string;
  tests: NamedTest[];
  /** Why Turnpike differs; empty where it does not. */
  reason: string;
}

/** The cells of a line of a table, a written `\|` being a part of one; null where it is no such line. */
function cellsOf(line: string): string[] | null {
  if (!/^\|.*\|$/.test(line)) return null;
  const inner = line.slice(1, -1);
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/**
 * The rows of a text with a table for each heading, whose cells are: sentence, what Turnpike does, tests, and what
 * differs. A test is its title between backticks, with its file before it or in the line `Tests: …` above the table.
 * @throws Error for a table of another form.
 */
function readRows(markdown: string): Row[] {
  const rows: Row[] = [];
  let heading = "";
  let usualFile = "";
  for (const line of markdown.split("\n")) {
    heading = /^## (.+)$/.exec(line)?.[1] ?? heading;
    usualFile = /^Tests: `([^`]+)`\.$/.exec(line)?.[1] ?? usualFile;
    const cells = cellsOf(line);
    if (cells === null || cells[0] === "sentence" || cells.every((cell) => /^-+$/.test(cell))) continue;
    const [sentence = "", , named = "", reason = "", ...more] = cells;
    if (cells.length < 4 || more.length > 0) throw new Error(`not four cells: ${line}`);
    const tests = named === "" ? [] : named.split("<br>").map((entry) => readTest(entry, usualFile));
    rows.push({ heading, sentence, tests, reason });
  }
  return rows;
}

function readTest(entry: string, usualFile: string): NamedTest {
  const [, file = usualFile, title] = /^(?:`([^`]+)`: )?`([^`]+)`$/.exec(entry) ?? [];
  if (title === undefined) throw new Error(`no test is named by: ${entry}`);
  return { file, title };
}

/** The titles of the tests in a source file, as they are written there: `test(…)`, `test.each(…)(…)` and their like. */
function titlesIn(file: string, text: string): Set<string> {
  const titles = new Set<string>();
  const visit = (node: ts.Node): void => {
    const [title] = ts.isCallExpression(node) ? node.arguments : [];
    if (ts.isCallExpression(node) && title && ts.isStringLiteralLike(title) && isTest(node.expression))
      titles.add(title.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return titles;
}

/** Whether calling `callee` makes a test that is run. */
function isTest(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === "test" || callee.text === "it";
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text === "each" && isTest(callee.expression);
  return ts.isCallExpression(callee) && ts.isPropertyAccessExpression(callee.expression) && isTest(callee.expression);
}

/** What does not hold of a table over source files, in words. */
function faultsOf(markdown: string, read: (file: string) => string | null): string[] {
  const titles = new Map<string, Set<string> | null>();
  const titlesOf = (file: string) => {
    const known = titles.get(file);
    if (known !== undefined) return known;
    const text = read(file);
    const found = text === null ? null : titlesIn(file, text);
    titles.set(file, found);
    return found;
  };
  return readRows(markdown).flatMap(({ heading, sentence, tests, reason }) => {
    const where = `${heading}: ${sentence}`;
    if (tests.length === 0 && reason === "") return [`${where}: no test, and no reason why`];
    return tests.flatMap(({ file, title }) => {
      const found = titlesOf(file);
      if (found === null) return [`${where}: there is no file ${file}`];
      return found.has(title) ? [] : [`${where}: ${file} has no test "${title}"`];
    });
  });
}

const SEEDS = readFileSync(path.join(projectRoot(), "docs", "seeds.md"), "utf8");

describe("docs/seeds.md", () => {
  test("names tests that are there, under exactly these titles, and has no row without a test or a reason", () => {
    const read = (file: string) => {
      try {
        return readFileSync(path.join(projectRoot(), file), "utf8");
      } catch {
        return null;
      }
    };
    expect(faultsOf(SEEDS, read)).toEqual([]);
  });

  test("has a table for each of the five pages", () => {
    const headings = readRows(SEEDS).map(({ heading }) => heading);
    expect(new Set(headings).size).toBe(5);
    for (const heading of new Set(headings))
      expect(headings.filter((one) => one === heading).length, heading).toBeGreaterThan(20);
  });

  test("leaves out no test that is named after a sentence of a page", () => {
    const named = readRows(SEEDS).flatMap(({ tests }) => tests);
    for (const file of new Set(named.map((one) => one.file).filter((name) => /\/seeds[-.]/.test(name)))) {
      const titles = titlesIn(file, readFileSync(path.join(projectRoot(), file), "utf8"));
      const used = new Set(named.filter((one) => one.file === file).map(({ title }) => title));
      const unused = [...titles].filter((title) => !used.has(title) && !title.startsWith("after all of it "));
      expect({ file, unused }).toEqual({ file, unused: [] });
    }
  });
});

describe("a table", () => {
  const table = (...rows: string[]) =>
    [
      "## A page",
      "Tests: `a.test.ts`.",
      "| sentence | Turnpike | tests | differs |",
      "| --- | --- | --- | --- |",
      ...rows,
    ].join("\n");
  const source = `test("one", () => {}); describe("d", () => { test.each([1])("two %s | x", () => {}); test.skip("off", () => {}); });`;
  const faults = (row: string) => faultsOf(table(row), (file) => (file === "a.test.ts" ? source : null));

  test("may name a test of its own file, of another, or several", () => {
    expect(faults("| s | t | `one` | |")).toEqual([]);
    expect(faults("| s | t | `a.test.ts`: `one`<br>`two %s \\| x` | |")).toEqual([]);
    expect(faults("| s | t | | a reason |")).toEqual([]);
  });

  test("is refused where a test is not there, or is never run", () => {
    for (const title of ["On", "d", "two 1 \\| x", "off"])
      expect(faults(`| s | t | \`${title}\` | a reason |`)).toEqual([
        `A page: s: a.test.ts has no test "${title.replaceAll("\\", "")}"`,
      ]);
    expect(faults("| s | t | `b.test.ts`: `one` | |")).toEqual(["A page: s: there is no file b.test.ts"]);
  });

  test("is refused where a row has neither a test nor a reason, or another number of cells", () => {
    expect(faults("| s | t | | |")).toEqual(["A page: s: no test, and no reason why"]);
    expect(() => faults("| s | t | `one` |")).toThrow("not four cells");
    expect(() => faults("| s | t | `one` | | |")).toThrow("not four cells");
    expect(() => faults("| s | t | one | |")).toThrow("no test is named by: one");
  });
});
