import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { config } from "@/lib/infra/config";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { migrate, migrationsFolder } from "@/lib/infra/migrate";
import { schemaDifference } from "@/lib/infra/schema-difference";
import { createScratchDatabase } from "@/lib/infra/scratch-database";
import { runScript } from "@/scripts/one-line";

/** `20261121093000`, as Prisma names its migrations. */
function timestamp(now: Date): string {
  return now.toISOString().replaceAll(/[-:T]/g, "").slice(0, "YYYYMMDDHHMMSS".length);
}

/**
 * Writes the next migration: what `prisma/schema` says beyond what the migrations make, found on a scratch database of
 * the embedded server. What the schema language cannot say is added to the file by hand.
 */
async function main(): Promise<void> {
  const name = process.argv
    .slice(2)
    .join("_")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_");
  if (name === "" || name === "_") throw new Error("Name the migration: npm run db:diff add_labels");
  const embedded = await ensureDatabase(config().dataDir);
  try {
    const scratch = await createScratchDatabase(embedded.url, "turnpike_diff");
    try {
      await migrate(scratch.url);
      const difference = await schemaDifference(scratch.url);
      if (difference === undefined) {
        console.log("The migrations make what prisma/schema says: there is nothing to add.");
        return;
      }
      const folder = path.join(migrationsFolder(), `${timestamp(new Date())}_${name}`);
      await mkdir(folder);
      await writeFile(path.join(folder, "migration.sql"), difference);
      console.log(
        `Written: ${path.relative(process.cwd(), path.join(folder, "migration.sql"))}. Read it before it is applied.`,
      );
    } finally {
      await scratch.drop();
    }
  } finally {
    await embedded.stop();
  }
}

await runScript(main);
