import { parseArgs } from "node:util";
import { newId } from "@/lib/core/ids";
import { config, setEnvironment, settleEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { migrate } from "@/lib/infra/migrate";
import { runScript } from "@/scripts/one-line";
import { BIG_YEAR, writeYear } from "@/scripts/seed/write-year";

const PASSWORD_DIGITS = 16;

/**
 * npm run seed:big [-- --requests 1000000 --days 365]: an account with a year of requests in `DATABASE_URL`, or in the
 * embedded database. Prints whom to sign in as.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      requests: { type: "string", default: String(BIG_YEAR.requests) },
      days: { type: "string", default: String(BIG_YEAR.days) },
    },
  });
  const [requests, days] = [Number(values.requests), Number(values.days)];
  if (!Number.isInteger(requests) || requests < 1 || !Number.isInteger(days) || days < 1 || days > 3_650) {
    throw new Error("--requests and --days are whole numbers from 1 on, days at most 3650.");
  }
  settleEnvironment([]);
  const settings = config();
  const embedded = settings.embeddedDatabase ? await ensureDatabase(settings.dataDir) : undefined;
  if (embedded) setEnvironment({ DATABASE_URL: embedded.url, TURNPIKE_EMBEDDED_DATABASE: "true" });
  try {
    await migrate(config().databaseUrl);
    const startedAt = performance.now();
    const name = newId("usr").toLowerCase();
    const password = newId("sec").slice(-PASSWORD_DIGITS);
    const email = `${name.slice(4)}@example.test`;
    const { projectId } = await writeYear({ ...BIG_YEAR, requests, days, email, password }, new Date(), (line) =>
      console.log(`  ${line}, ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`),
    );
    console.log(`Sign in as ${email} with ${password}: /dashboard/${projectId}`);
  } finally {
    await closeDatabase();
    await embedded?.stop();
  }
}

await runScript(main);
