import { cleanText } from "@/lib/core/text";
import { log } from "@/lib/infra/log";
import { clearRefusal, saveRefusal } from "@/lib/provider-keys/store";

const WRITE_EVERY_MS = 2_000;
/** Beyond, the rest of a round is not told: a refused key is met again soon. */
const REFUSALS_MAX = 1_000;
const REFUSAL_CHARACTERS_MAX = 200;

const noted = new Map<string, { said: string; at: Date }>();
let timer: NodeJS.Timeout | undefined;

/**
 * Takes note that a provider refused a customer's key, with what it said of it, without secrets. It is written to the
 * key's row a moment later: no request waits for it.
 */
export function noteRefusal(providerKeyId: string, said: string, at = new Date()): void {
  if (noted.size >= REFUSALS_MAX && !noted.has(providerKeyId)) return;
  noted.set(providerKeyId, { said: said.slice(0, REFUSAL_CHARACTERS_MAX), at });
}

/** Writes at once what a check found: what the provider said when it refused the key, or (null) that it took it. */
export async function keepCheck(providerKeyId: string, refusal: string | null, at: Date): Promise<void> {
  if (refusal === null) await clearRefusal(providerKeyId, at);
  else await saveRefusal(providerKeyId, cleanText(refusal, REFUSAL_CHARACTERS_MAX), at);
}

/** Writes what was noted since the last time, one row a key. What the database does not take waits for the next round. */
export async function writeRefusals(): Promise<void> {
  for (const [providerKeyId, { said, at }] of [...noted]) {
    await saveRefusal(providerKeyId, said, at);
    if (noted.get(providerKeyId)?.at === at) noted.delete(providerKeyId);
  }
}

/** Starts to write what is noted, beside whatever requests run. */
export function startWritingRefusals(): void {
  timer ??= setInterval(() => {
    writeRefusals().catch((error: unknown) => {
      log().warn({ err: error }, "refused provider keys could not be noted");
    });
  }, WRITE_EVERY_MS).unref();
}

export function stopWritingRefusals(): void {
  clearInterval(timer);
  timer = undefined;
}
