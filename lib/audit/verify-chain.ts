import { storedJson } from "@/lib/audit/canonical-json";
import { auditHash, CHAIN_START } from "@/lib/audit/chain";
import { type ChainEnd, readEvents } from "@/lib/audit/store";

const PAGE_ROWS = 1_000;

/**
 * changed: the row is not what its hash says. displaced: it does not follow on the row before it, so one was removed,
 * inserted or moved there. cut: rows are missing at the end.
 */
export type ChainProblem = "changed" | "displaced" | "cut";

/** The first row of a chain that is wrong; where the end is missing, the last row that should be there. */
export interface ChainBreak {
  id: bigint;
  problem: ChainProblem;
}

/**
 * Reads one organisation's audit trail from its beginning; null when every row follows on the one before. With `end`,
 * which is read first, the rows up to there must be as many as were written; what came since is looked at too.
 */
export async function verifyChain(organizationId: string, end?: ChainEnd): Promise<ChainBreak | null> {
  let previousHash = CHAIN_START;
  let lastId = 0n;
  let events = 0n;
  let reached = false;
  for (;;) {
    const rows = await readEvents(organizationId, lastId, PAGE_ROWS);
    for (const row of rows) {
      const content = { ...row, before: storedJson.parse(row.before), after: storedJson.parse(row.after) };
      if (row.previousHash !== previousHash) return { id: row.id, problem: "displaced" };
      if (row.hash !== auditHash(previousHash, content)) return { id: row.id, problem: "changed" };
      previousHash = row.hash;
      lastId = row.id;
      events += 1n;
      if (end && row.id === end.lastId) {
        if (row.hash !== end.lastHash || events !== end.events) return { id: row.id, problem: "changed" };
        reached = true;
      }
    }
    if (rows.length < PAGE_ROWS) break;
  }
  return end && !reached ? { id: end.lastId, problem: "cut" } : null;
}
