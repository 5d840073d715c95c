import type { TrailFinding } from "@/lib/audit/verify-trail";
import { verifyTrail } from "@/lib/audit/verify-trail";
import { config, setEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { endWithOneLine } from "@/scripts/one-line";

const WORDS: Record<TrailFinding["problem"], string> = {
  changed: "is not as it was written",
  displaced: "does not follow on the row before it: one was removed, inserted or moved there",
  cut: "is gone, and all rows after the last one that is there",
  unknown: "the whole chain was not written by Turnpike",
};

/** Verifies the audit trail of `DATABASE_URL`, or of the embedded database, which is started for it where it does not run. Exits 1 and names the first wrong row of each chain. */
async function main(): Promise<void> {
  const settings = config();
  const embedded = settings.embeddedDatabase ? await ensureDatabase(settings.dataDir) : undefined;
  if (embedded) setEnvironment({ DATABASE_URL: embedded.url, TURNPIKE_EMBEDDED_DATABASE: "true" });
  try {
    const { chains, events, findings } = await verifyTrail();
    for (const { organizationId, id, problem } of findings) {
      console.error(`${organizationId || "installation"}: ${id === null ? "" : `row ${id} `}${WORDS[problem]}`);
    }
    console.log(
      findings.length === 0
        ? `The audit trail is whole: ${events} rows in ${chains} chains.`
        : `The audit trail is not whole: ${findings.length} of ${chains} chains.`,
    );
    if (findings.length > 0) process.exitCode = 1;
  } finally {
    await closeDatabase();
    await embedded?.stop();
  }
}

await main().catch(endWithOneLine);
