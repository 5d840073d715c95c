import { lockBlocks, saveBlocks } from "@/lib/identity/block-store";
import { afterFailure, secondsBlocked, tooManyFailures, withoutFailure } from "@/lib/identity/failures";
import { networkOf } from "@/lib/identity/network";
import { config } from "@/lib/infra/config";
import { transaction } from "@/lib/infra/db";

/** What is counted: passwords that are tried, and mails with a link that are asked for. */
export type AttemptKind = "signin" | "reset";

const WORDS: Readonly<Record<AttemptKind, string>> = { signin: "failed sign-ins", reset: "requests for a mail" };

export interface Attempt {
  /** As `emailSchema` leaves it; whether anybody has it does not matter. */
  email: string;
  /** The client's; null when it is not known. */
  address: string | null;
}

/** Room for a person with many devices, and for an office behind one address. */
const EMAIL_FACTOR = 5;
const NETWORK_FACTOR = 10;

/** What one attempt counts against, and how many failures each bears before it is blocked. */
function counters(
  kind: AttemptKind,
  { email, address }: Attempt,
  max: number,
): { pair: string; limits: Map<string, number> } {
  const network = networkOf(address);
  const pair = `${kind}:${email}:${network}`;
  return {
    pair,
    limits: new Map([
      [pair, max],
      // Guessing one person's password, or filling their mailbox, from many addresses.
      [`${kind}:${email}`, max * EMAIL_FACTOR],
      // Trying many people's e-mails from one address.
      [`${kind}-from:${network}`, max * NETWORK_FACTOR],
    ]),
  };
}

/**
 * Counts an attempt as failed before its password is looked at, so that guesses made at the same moment cannot slip
 * past the limit together; `attemptSucceeded` takes it back. A mail that is asked for counts as one, whoever has the address.
 * @throws GatewayError too_many_failures, saying how long to wait, while the address or the e-mail is blocked; then
 * nothing is counted.
 */
export async function beginAttempt(kind: AttemptKind, attempt: Attempt): Promise<void> {
  const policy = config().bruteForce;
  if (!policy.enabled) return;
  const { limits } = counters(kind, attempt, policy.maxFailedAttempts);
  const blockedFor = await transaction(async (tx) => {
    const { blocks: rows, now } = await lockBlocks(tx, [...limits.keys()]);
    const longest = Math.max(...rows.map((row) => secondsBlocked(row, now)));
    if (longest > 0) return longest;
    const counted = rows.map((row) => {
      const maxFailedAttempts = limits.get(row.address) ?? policy.maxFailedAttempts;
      return { ...row, ...afterFailure(row, { ...policy, maxFailedAttempts }, now) };
    });
    await saveBlocks(tx, counted);
    return 0;
  });
  if (blockedFor > 0) throw tooManyFailures(WORDS[kind], blockedFor);
}

/** Takes back what `beginAttempt` counted; the pair of person and address starts afresh, the shared counters go on. */
export async function attemptSucceeded(kind: AttemptKind, attempt: Attempt): Promise<void> {
  const policy = config().bruteForce;
  if (!policy.enabled) return;
  const { pair, limits } = counters(kind, attempt, policy.maxFailedAttempts);
  await transaction(async (tx) => {
    const { blocks: rows } = await lockBlocks(tx, [...limits.keys()]);
    const cleared = rows.map((row) => {
      const maxFailedAttempts = limits.get(row.address) ?? policy.maxFailedAttempts;
      const counted = row.address === pair ? { ...row, failures: 0 } : row;
      return { ...row, ...withoutFailure(counted, { ...policy, maxFailedAttempts }) };
    });
    await saveBlocks(tx, cleared);
  });
}
