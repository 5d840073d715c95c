import { appendFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { INSTANCE } from "@/lib/gateway/instance";
import type { Settlement } from "@/lib/gateway/settlement-statement";
import { config } from "@/lib/infra/config";
import { log } from "@/lib/infra/log";

/**
 * What could not be settled because the database was away, in a file of this process under DATA_DIR, so that a crash
 * before the database is back loses nothing. Replayed at the next start; settling twice is a no-op.
 */
const FOLDER = "settlements";

const amount = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);

const SettlementLine = z.object({
  id: z.string(),
  createdAt: z.number(),
  organizationId: z.string(),
  projectId: z.string(),
  apiKeyId: z.string(),
  endUserId: z.string().nullable(),
  environment: z.enum(["live", "test"]),
  endpoint: z.string(),
  outcome: z.enum(["settled", "released", "refused", "lost"]),
  status: z.number(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  refusal: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
  requestedModel: z.string(),
  model: z.string().nullable(),
  provider: z.string().nullable(),
  providerKeyId: z.string().nullable(),
  streamed: z.boolean(),
  cancelled: z.boolean(),
  finishReason: z.string().nullable(),
  isByok: z.boolean(),
  billedTo: z.enum(["credits", "provider_key", "none"]),
  promptTokens: z.number(),
  cachedTokens: z.number(),
  cacheWriteTokens: z.number(),
  completionTokens: z.number(),
  reasoningTokens: z.number(),
  usageEstimated: z.boolean(),
  inputPrice: amount.nullable(),
  outputPrice: amount.nullable(),
  cachedInputPrice: amount.nullable(),
  cacheWritePrice: amount.nullable(),
  hold: amount,
  cost: amount.nullable(),
  charged: amount,
  operatorLoss: amount,
  attempts: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      providerKeyId: z.string().nullable(),
      status: z.number().nullable(),
      outcome: z.enum(["served", "failed", "cancelled", "cut"]),
      error: z.string().nullable(),
      durationMs: z.number(),
    }),
  ),
  latencyMs: z.number(),
  firstTokenMs: z.number().nullable(),
  clientRequestId: z.string().nullable(),
  clientAddress: z.string().nullable(),
  // Not in the lines of processes that knew no cache.
  cachedFrom: z.string().nullable().default(null),
  charges: z.array(z.object({ meterId: amount, amount })),
});

function folder(): string {
  return join(config().dataDir, FOLDER);
}

function ownFile(): string {
  return join(folder(), `${process.pid}-${INSTANCE}.jsonl`);
}

let writing: Promise<void> = Promise.resolve();

/** Appends one settlement to this process's file; resolves when it is on the disk. */
export function appendToJournal(settlement: Settlement): Promise<void> {
  const line = `${JSON.stringify(settlement, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}\n`;
  const write = writing.then(async () => {
    await mkdir(folder(), { recursive: true });
    await appendFile(ownFile(), line, { flush: true, mode: 0o600 });
  });
  writing = write.catch(() => undefined);
  return write;
}

/** Forgets this process's file: everything in it has been settled. */
export function clearJournal(): Promise<void> {
  const clear = writing.then(() => rm(ownFile(), { force: true }));
  writing = clear.catch(() => undefined);
  return clear;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch {
    return false;
  }
}

export interface LeftJournal {
  settlements: Settlement[];
  /** Call when they are settled. */
  discard: () => Promise<void>;
}

/** The files that processes which no longer run have left. A line cut off by a crash is skipped: it was never answered for. */
export async function readLeftJournals(): Promise<LeftJournal[]> {
  const names = await readdir(folder()).catch(() => []);
  const left = names.filter((name) => name.endsWith(".jsonl") && !isRunning(Number.parseInt(name, 10)));
  return Promise.all(
    left.map(async (name) => {
      const path = join(folder(), name);
      const settlements: Settlement[] = [];
      for (const line of (await readFile(path, "utf8")).split("\n")) {
        if (line === "") continue;
        const parsed = parseLine(line);
        if (parsed) settlements.push(parsed);
        else
          log().error(
            { file: name },
            "a line of a settlement journal cannot be read; its hold is released at its deadline",
          );
      }
      return { settlements, discard: () => rm(path, { force: true }) };
    }),
  );
}

function parseLine(line: string): Settlement | null {
  try {
    return SettlementLine.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
