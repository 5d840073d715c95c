import { lockBlocks, saveBlocks } from "@/lib/identity/block-store";
import { afterFailure, type FailurePolicy, type Failures, secondsBlocked } from "@/lib/identity/failures";
import { transaction } from "@/lib/infra/db";
import type { Block } from "@/lib/infra/prisma-client/client";

/** What one failure found, and what it left. */
export interface CountedFailure {
  /** Whether it counts: not where the name was blocked already. */
  counted: boolean;
  /** The record as it is now. Its times are the database's. */
  state: Failures;
  /** The database's time. */
  at: Date;
}

/**
 * Counts one failure for each name, in their order, in one transaction under the names' locks: so the count is exact,
 * however many instances count at once, and whatever their clocks say. A name may stand more than once.
 */
export function countFailures(names: readonly string[], policy: FailurePolicy): Promise<readonly CountedFailure[]> {
  return transaction(async (tx) => {
    const { blocks: rows, now } = await lockBlocks(tx, [...new Set(names)]);
    const blocks = new Map<string, Block>(rows.map((row) => [row.address, row]));
    const counted = names.map((name): CountedFailure => {
      const before = blocks.get(name);
      if (!before) throw new Error("a counter was not made");
      if (secondsBlocked(before, now) > 0) return { counted: false, state: before, at: now };
      const state = { ...before, ...afterFailure(before, policy, now) };
      blocks.set(name, state);
      return { counted: true, state, at: now };
    });
    await saveBlocks(tx, [...blocks.values()]);
    return counted;
  });
}
