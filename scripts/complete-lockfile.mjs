// node scripts/complete-lockfile.mjs: adds to package-lock.json the optional packages of other platforms that npm left out.
//
// npm writes only those that the registry it used could show it, and `npm ci` then refuses the lockfile everywhere. Run
// this after npm install or npm update; lockfile.test.ts says when it is needed.
import { readFile, writeFile } from "node:fs/promises";
import { missingOptionalPackages } from "./lib/lockfile.mjs";
import { inRoot } from "./lib/project.mjs";

const file = inRoot("package-lock.json");
const lockfile = JSON.parse(await readFile(file, "utf8"));
const missing = missingOptionalPackages(lockfile);
for (const [name, entry] of missing) lockfile.packages[`node_modules/${name}`] = entry;
lockfile.packages = Object.fromEntries(Object.entries(lockfile.packages).sort(([a], [b]) => a.localeCompare(b, "en")));
await writeFile(file, `${JSON.stringify(lockfile, null, 2)}\n`);
console.log(missing.size === 0 ? "The lockfile is complete." : `Added: ${[...missing.keys()].join(", ")}`);
