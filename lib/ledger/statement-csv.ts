import { csvOf } from "@/lib/core/csv";
import type { Statement } from "@/lib/ledger/statement";

const HEAD = ["day", "kind", "project_id", "project", "model", "requests", "description", "amount_usd", "balance_usd"];

/** A statement as CSV (RFC 4180): the opening balance, a row a line, the closing balance. Amounts are exact decimals. */
export function statementCsv({ month, isFinal, opening, lines, closing }: Statement): string {
  const last = isFinal ? "" : "not final";
  return csvOf([
    HEAD,
    [month, "opening", "", "", "", "", "", "", { amount: opening }],
    ...lines.map((line) =>
      line.kind === "usage"
        ? [
            line.day,
            line.kind,
            line.projectId,
            line.project ?? "",
            line.model,
            line.requests,
            "",
            { amount: line.amount },
            { amount: line.balance },
          ]
        : [line.day, line.kind, "", "", "", "", line.description, { amount: line.amount }, { amount: line.balance }],
    ),
    [month, "closing", "", "", "", "", last, "", { amount: closing }],
  ]);
}
