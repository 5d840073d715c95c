import { readChainEnds, readUnknownChains } from "@/lib/audit/store";
import { type ChainProblem, verifyChain } from "@/lib/audit/verify-chain";

export interface TrailFinding {
  /** Empty: the installation's own chain. */
  organizationId: string;
  /** The row; null where it is the whole chain that nobody knows of. */
  id: bigint | null;
  problem: ChainProblem | "unknown";
}

export interface TrailResult {
  chains: number;
  /** Rows up to the ends that were known when it began. */
  events: bigint;
  /** The first wrong row of every chain that has one. */
  findings: TrailFinding[];
}

/** Verifies the audit trail of every organisation, while it may be written to. */
export async function verifyTrail(): Promise<TrailResult> {
  // In this order: a chain that begins in between is known by the time that its rows are looked for.
  const unknown = await readUnknownChains();
  const ends = await readChainEnds();
  const findings: TrailFinding[] = unknown.map((organizationId) => ({ organizationId, id: null, problem: "unknown" }));
  for (const end of ends) {
    const found = await verifyChain(end.organizationId, end);
    if (found) findings.push({ organizationId: end.organizationId, ...found });
  }
  return { chains: ends.length, events: ends.reduce((sum, end) => sum + end.events, 0n), findings };
}
