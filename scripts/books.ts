import { config, setEnvironment, settleEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { checkBooks } from "@/lib/ledger/check-books";
import { endWithOneLine } from "@/scripts/one-line";

/** Proves the books of `DATABASE_URL`, or of the embedded database, which is started for it where it does not run. Exits 1 and names the rows when they disagree. */
async function main(): Promise<void> {
  settleEnvironment(process.argv.slice(2));
  const settings = config();
  const embedded = settings.embeddedDatabase ? await ensureDatabase(settings.dataDir) : undefined;
  if (embedded) setEnvironment({ DATABASE_URL: embedded.url, TURNPIKE_EMBEDDED_DATABASE: "true" });
  try {
    const { ok, findings, durationMs } = await checkBooks();
    for (const finding of findings) {
      console.error(`${finding.check}: ${finding.subject} has ${finding.found}, expected ${finding.expected}`);
    }
    console.log(
      ok ? `The books agree (checked in ${durationMs} ms).` : `The books do not agree: ${findings.length} rows.`,
    );
    if (!ok) process.exitCode = 1;
  } finally {
    await closeDatabase();
    await embedded?.stop();
  }
}

await main().catch(endWithOneLine);
