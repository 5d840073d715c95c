// node scripts/run.mjs FILE.ts [arguments]: runs a TypeScript script of ours, installing and generating first if needed.
import "./lib/require-node.mjs";

const { alone, bundle, ensureGenerated, ensureInstalled } = await import("./lib/prepare.mjs");
const { inRoot } = await import("./lib/project.mjs");
const { endWithError } = await import("./lib/step.mjs");
const { pathToFileURL } = await import("node:url");

const [file] = process.argv.slice(2);
if (!file) {
  console.error("Name the script: node scripts/run.mjs scripts/books.ts");
  process.exit(1);
}
const outfile = `dist/scripts/${file.replace(/^.*[\\/]/, "").replace(/\.ts$/, ".mjs")}`;

try {
  await alone(async () => {
    await ensureInstalled();
    await ensureGenerated();
    await bundle(file, outfile);
  });
} catch (error) {
  endWithError(error);
}

process.noDeprecation = true;
process.setSourceMapsEnabled(true);
// The script finds its own name and arguments where a program expects them.
process.argv.splice(1, 2, inRoot(outfile));
await import(pathToFileURL(inRoot(outfile)).href);
