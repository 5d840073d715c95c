import { config, settleEnvironment } from "@/lib/infra/config";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { migrate } from "@/lib/infra/migrate";
import { runScript } from "@/scripts/one-line";

/** Applies the migrations to `DATABASE_URL`, or to the embedded database, which is started for it where it does not run. */
async function main(): Promise<void> {
  settleEnvironment(process.argv.slice(2));
  const settings = config();
  const embedded = settings.embeddedDatabase ? await ensureDatabase(settings.dataDir) : undefined;
  try {
    const applied = await migrate(embedded?.url ?? settings.databaseUrl);
    for (const name of applied) console.log(`applied ${name}`);
    console.log(applied.length === 0 ? "The database has every migration already." : "The database is up to date.");
  } finally {
    await embedded?.stop();
  }
}

await runScript(main);
