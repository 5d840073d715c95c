import { setTimeout as sleep } from "node:timers/promises";
import type { Admission } from "@/lib/gateway/admission-statement";
import { untilDurable } from "@/lib/gateway/durability";
import { type BatchTallies, GroupCommit, type Outcome } from "@/lib/gateway/group-commit";
import { letGo } from "@/lib/gateway/holds";
import { appendToJournal, clearJournal, readLeftJournals } from "@/lib/gateway/settlement-journal";
import { type Settlement, type SettlementResult, settleBatch } from "@/lib/gateway/settlement-statement";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";

/**
 * A settle waits this long for company (see GroupCommit), unless somebody waits for it: the larger the batch, the less of
 * the database each call takes.
 */
const LINGER_MS = 25;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;
/** How often a request that waits for room looks again, when no settle of this process tells it to. */
const LOOK_AGAIN_MS = 50;
/** How long who reads sums waits for settles under way. */
const READ_PATIENCE_MS = 2_000;

const commits = new GroupCommit<Settlement, SettlementResult>(settleBatch, {
  queueLimit: Number.POSITIVE_INFINITY,
  lingerMs: LINGER_MS,
});

/** What is counted of settlement's batches. */
export const settlementBatches: BatchTallies = commits;

/** Settles of this process that are not durable yet, by request: how many, and who waits for them. */
const pending = new Map<string, { left: number; waiting: (() => void)[] }>();
let journalled = 0;
let waitingForRoom: (() => void)[] = [];
/** Settled by the statement that has just come back, but not yet known to be on the disk. */
let landed: Settlement[] = [];

/** Settles one request: from here on it will be settled, once, whatever happens to the database or to this process. */
export function settle(settlement: Settlement): void {
  const entry = pending.get(settlement.id);
  if (entry) entry.left += 1;
  else pending.set(settlement.id, { left: 1, waiting: [] });
  commits.enqueue(settlement, landing);
  if (waitingForRoom.length > 0) commits.hurry();
}

/** How many requests are settled here, but not durably yet. */
export function unsettled(): number {
  return pending.size;
}

/** Settles one request, and resolves when that is durable. */
export async function settled(settlement: Settlement): Promise<void> {
  settle(settlement);
  await settling(settlement.id);
}

/** The settle of a request, while it is under way in this process: so that a caller reads what it has just written. */
export function settling(requestId: string): Promise<void> | undefined {
  const entry = pending.get(requestId);
  if (!entry) return undefined;
  commits.hurry();
  return new Promise((resolve) => entry.waiting.push(resolve));
}

/**
 * Resolves when all that was settled here before is durable, or after a moment where the database is away: so that a caller
 * reads what its last calls have cost.
 */
export async function settledSoFar(): Promise<void> {
  if (pending.size > 0)
    await Promise.race([Promise.all([...pending.keys()].map(settling)), sleep(READ_PATIENCE_MS, null, { ref: false })]);
}

const landing: Outcome<Settlement, SettlementResult> = {
  done: (settlement) => {
    if (landed.push(settlement) === 1) queueMicrotask(proveLanded);
  },
  failed: (settlement, error) => void persist(settlement, error),
};

/** Waits for the disk once for all that the statement settled. */
function proveLanded(): void {
  const batch = landed;
  landed = [];
  tellRoomFreed();
  untilDurable().then(
    () => batch.forEach(finish),
    (error: unknown) => {
      for (const settlement of batch) void persist(settlement, error);
    },
  );
}

function finish({ id }: Settlement): void {
  const entry = pending.get(id);
  if (!entry) return;
  entry.left -= 1;
  if (entry.left > 0) return;
  pending.delete(id);
  letGo(id);
  for (const tell of entry.waiting) tell();
}

/** Resolves when room may have come back on a meter: after the next settle of this process, or a moment later. */
export function roomFreed(): Promise<void> {
  commits.hurry();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LOOK_AGAIN_MS);
    waitingForRoom.push(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function tellRoomFreed(): void {
  const waiting = waitingForRoom;
  waitingForRoom = [];
  for (const wake of waiting) wake();
}

/** Tries again what failed with `cause`, until it is durable; meanwhile it is in the journal. */
async function persist(settlement: Settlement, cause: unknown): Promise<void> {
  let inJournal = false;
  let current = settlement;
  let error = cause;
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
    if (isDatabaseUnavailable(error)) {
      if (!inJournal) inJournal = await enterJournal(current);
      await sleep(retryMs);
    } else {
      log().error({ err: error, requestId: settlement.id }, "a settlement was refused by the database");
      if (current !== settlement) {
        // Not even the bare one: the hold is released at its deadline, the file keeps what it was.
        await enterJournal(settlement);
        break;
      }
      current = bareSettlement(settlement);
    }
    try {
      await commits.submit(current);
      tellRoomFreed();
      await untilDurable();
      if (inJournal) await leaveJournal();
      break;
    } catch (failure) {
      error = failure;
    }
  }
  finish(settlement);
}

/** The same money without the caller's and the provider's words, should one of them be what the database refuses. */
function bareSettlement(settlement: Settlement): Settlement {
  return {
    ...settlement,
    errorMessage: null,
    refusal: null,
    requestedModel: "",
    finishReason: null,
    attempts: [],
    clientRequestId: null,
    clientAddress: null,
  };
}

async function enterJournal(settlement: Settlement): Promise<boolean> {
  // Counted before it is written: else the last to leave could clear the file with this line in it.
  journalled += 1;
  try {
    await appendToJournal(settlement);
    return true;
  } catch (error) {
    journalled -= 1;
    log().error({ err: error, requestId: settlement.id }, "could not journal a settlement; it is kept in memory");
    return false;
  }
}

async function leaveJournal(): Promise<void> {
  journalled -= 1;
  if (journalled === 0)
    await clearJournal().catch((error: unknown) =>
      log().warn({ err: error }, "could not clear the settlement journal"),
    );
}

/** Gives back what an admission may have held whose outcome is not known. Without such a hold, nothing happens. */
export function abandonHold(admission: Admission): void {
  settle({
    id: admission.requestId,
    createdAt: admission.createdAt,
    organizationId: admission.organizationId,
    projectId: admission.projectId,
    apiKeyId: admission.keyId,
    environment: admission.environment,
    endpoint: admission.endpoint,
    status: 503,
    errorCode: "database_unavailable",
    errorMessage: "The database broke off while the request was being admitted. Nothing was sent upstream.",
    requestedModel: admission.model,
    model: admission.model,
    hold: admission.amount,
    ...UNCHARGED,
    outcome: "released",
  });
}

/** What a receipt says where nothing was used and nobody pays. */
export const UNCHARGED = {
  endUserId: null,
  refusal: null,
  provider: null,
  providerKeyId: null,
  streamed: false,
  cancelled: false,
  finishReason: null,
  isByok: false,
  billedTo: "none",
  promptTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  completionTokens: 0,
  reasoningTokens: 0,
  usageEstimated: false,
  inputPrice: null,
  outputPrice: null,
  cachedInputPrice: null,
  cacheWritePrice: null,
  cost: 0n,
  charged: 0n,
  operatorLoss: 0n,
  attempts: [],
  latencyMs: 0,
  firstTokenMs: null,
  clientRequestId: null,
  clientAddress: null,
  cachedFrom: null,
  charges: [],
} satisfies Partial<Settlement>;

/** Settles what earlier processes left behind; called once at the start. */
export async function replayJournals(): Promise<number> {
  let count = 0;
  for (const journal of await readLeftJournals()) {
    await Promise.all(journal.settlements.map(settled));
    await journal.discard();
    count += journal.settlements.length;
  }
  if (count > 0) log().info({ count }, "settled what an earlier process had journalled");
  return count;
}

/** Resolves when everything settled so far is durable, or after `deadlineMs`; what is left is in the journal. */
export async function drainSettlements(deadlineMs: number): Promise<void> {
  const deadline = sleep(deadlineMs, "late" as const, { ref: false });
  while (pending.size > 0) {
    const outcome = await Promise.race([
      Promise.all([...pending.keys()].map(settling)).then(() => "done" as const),
      deadline,
    ]);
    if (outcome === "late") break;
  }
  if (pending.size > 0) log().warn({ count: pending.size }, "left settlements in the journal for the next start");
}
