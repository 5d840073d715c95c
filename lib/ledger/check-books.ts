import { type Finding, insertBooksRun, readFindings } from "@/lib/ledger/books-store";

export interface BooksResult {
  ok: boolean;
  /** Every row that disagrees, named. */
  findings: Finding[];
  durationMs: number;
}

/**
 * Proves the books for every organisation: purchases + grants − refunds − receipts billed to credits = balance; what
 * Stripe collected and did not take back = purchases + fees; open holds = what meters hold; every journal transaction sums
 * to zero; receipts = rollup = meters. The result is kept.
 */
export async function checkBooks(): Promise<BooksResult> {
  const startedAt = performance.now();
  const findings = await readFindings();
  const durationMs = Math.round(performance.now() - startedAt);
  await insertBooksRun(findings.length === 0, findings, durationMs);
  return { ok: findings.length === 0, findings, durationMs };
}
