import { config, isSet, setEnvironment, settleEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { installationSecrets } from "@/lib/infra/installation-secrets";
import { resealProviderKeys } from "@/lib/provider-keys/reseal-provider-keys";
import { endWithOneLine } from "@/scripts/one-line";

/**
 * Seals every provider key anew under the first key of `ENCRYPTION_KEY`, in `DATABASE_URL` or in the embedded database,
 * which is started for it where it does not run. Exits 1 and names the rows that no key opens.
 */
async function main(): Promise<void> {
  settleEnvironment(process.argv.slice(2));
  const settings = config();
  if (settings.embeddedDatabase && !isSet("ENCRYPTION_KEY")) {
    // As the server does: what the installation made for itself.
    const { ENCRYPTION_KEY } = await installationSecrets(settings.dataDir);
    setEnvironment({ ENCRYPTION_KEY });
  }
  const embedded = settings.embeddedDatabase ? await ensureDatabase(settings.dataDir) : undefined;
  if (embedded) setEnvironment({ DATABASE_URL: embedded.url, TURNPIKE_EMBEDDED_DATABASE: "true" });
  try {
    const { resealed, alreadyUnderFirst, unopened } = await resealProviderKeys();
    for (const id of unopened) console.error(`${id}: no key of ENCRYPTION_KEY opens it`);
    console.log(
      `Provider keys: ${resealed} sealed anew under the first key, ${alreadyUnderFirst} under it already, ${unopened.length} that no key opens.`,
    );
    if (unopened.length > 0) process.exitCode = 1;
  } finally {
    await closeDatabase();
    await embedded?.stop();
  }
}

await main().catch(endWithOneLine);
