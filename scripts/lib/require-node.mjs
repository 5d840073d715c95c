// Imported before anything else and kept to old syntax, so that an old Node can read it and say what is wrong.
const oldest = "20.19";

const older = process.versions.node.localeCompare(oldest, "en", { numeric: true }) < 0;
if (older) {
  console.error(
    `Turnpike needs Node ${oldest} or newer; this is ${process.version}. Get a newer one from https://nodejs.org`,
  );
  process.exit(1);
}
