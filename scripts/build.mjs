// npm run build: everything that production needs, without starting it.
import "./lib/require-node.mjs";

const { alone, ensureBuilt, ensureGenerated, ensureInstalled } = await import("./lib/prepare.mjs");
const { endWithError } = await import("./lib/step.mjs");

try {
  await alone(async () => {
    await ensureInstalled();
    await ensureGenerated();
    await ensureBuilt();
  });
  console.log("The build is up to date: start it with npm start.");
} catch (error) {
  endWithError(error);
}
