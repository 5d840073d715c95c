import { storedJson } from "@/lib/audit/canonical-json";
import { auditHash, CHAIN_START } from "@/lib/audit/chain";
import { readEvents } from "@/lib/audit/store";

const PAGE_ROWS = 1_000;

/** The id of the first row of an organisation's audit trail that does not follow from the one before; null: all do. */
export async function verifyChain(organizationId: string): Promise<bigint | null> {
  let previousHash = CHAIN_START;
  let lastId = 0n;
  for (;;) {
    const rows = await readEvents(organizationId, lastId, PAGE_ROWS);
    for (const row of rows) {
      const content = { ...row, before: storedJson.parse(row.before), after: storedJson.parse(row.after) };
      if (row.previousHash !== previousHash || row.hash !== auditHash(previousHash, content)) return row.id;
      previousHash = row.hash;
      lastId = row.id;
    }
    if (rows.length < PAGE_ROWS) return null;
  }
}
