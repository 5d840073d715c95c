import { formatUsd } from "@/lib/core/money";
import { readStatementRows } from "@/lib/ledger/organization-books-store";

/** What moved credits other than requests, by the first word of its source in the journal. */
export const MOVEMENTS = ["stripe", "grant", "promotion", "adjustment"] as const;
export type MovementKind = (typeof MOVEMENTS)[number];

/** One line of a statement; amounts are USD as decimal strings, what is taken from the balance is below zero. */
export type StatementLine =
  | { kind: MovementKind; day: string; description: string; amount: string; balance: string }
  | {
      kind: "usage";
      day: string;
      projectId: string;
      /** null: its row is gone. */
      project: string | null;
      model: string;
      requests: number;
      amount: string;
      balance: string;
    };

/** What happened to an organisation's credits in one month of UTC. */
export interface Statement {
  /** `2026-11`. */
  month: string;
  /** Whether nothing can come to it any more: the month is over, and so is every request that began in it. */
  isFinal: boolean;
  opening: string;
  /** By day; of each day first what came and then what was used. */
  lines: StatementLine[];
  /** What all lines of a kind sum to; a kind without lines is left out. */
  totals: { kind: StatementLine["kind"]; amount: string }[];
  closing: string;
  /** The closing balance worked out backwards from the balance of now; the same as `closing` where the books agree. */
  provenClosing: string;
}

const MONTH = /^(20\d\d)-(0[1-9]|1[0-2])$/;
/** A transaction that began before midnight may be committed just after it. */
const SETTLED_AFTER_MS = 5 * 60_000;

/** The bounds of a UTC month, the second not included; null where the text names none. */
export function monthBounds(month: string): { from: Date; to: Date } | null {
  const match = MONTH.exec(month);
  if (!match) return null;
  const [year, index] = [Number(match[1]), Number(match[2]) - 1];
  return { from: new Date(Date.UTC(year, index, 1)), to: new Date(Date.UTC(year, index + 1, 1)) };
}

/** The UTC month of a time, or one so many months from it: `2026-11`. */
export function monthOf(time: Date, offset = 0): string {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + offset, 1)).toISOString().slice(0, 7);
}

function kindOf(source: string): MovementKind {
  const word = source.slice(0, source.indexOf(":"));
  const kind = MOVEMENTS.find((candidate) => candidate === word);
  if (!kind) throw new Error(`the journal has a source that statements do not know: ${source}`);
  return kind;
}

/** An organisation's statement of a month; null where `month` is none. */
export async function readStatement(organizationId: string, month: string): Promise<Statement | null> {
  const bounds = monthBounds(month);
  if (!bounds) return null;
  const rows = await readStatementRows(organizationId, bounds.from, bounds.to);
  const dayOf = (time: Date) => time.toISOString().slice(0, 10);
  const moved = rows.movements.map(({ at, source, description, amount }) => ({
    kind: kindOf(source),
    day: dayOf(at),
    description: description ?? "",
    amount,
  }));
  const used = rows.usage.map(({ day, project_id: projectId, project, model, requests, charged }) => ({
    kind: "usage" as const,
    day: dayOf(day),
    projectId,
    project,
    model,
    requests: Number(requests),
    amount: -charged,
  }));
  // A stable sort: of one day what came stands first.
  const all = [...moved, ...used].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
  let balance = rows.opening;
  const totals = new Map<StatementLine["kind"], bigint>();
  const lines = all.map((line): StatementLine => {
    balance += line.amount;
    totals.set(line.kind, (totals.get(line.kind) ?? 0n) + line.amount);
    return { ...line, amount: formatUsd(line.amount), balance: formatUsd(balance) };
  });
  return {
    month,
    isFinal: rows.now.getTime() >= bounds.to.getTime() + SETTLED_AFTER_MS && !rows.running,
    opening: formatUsd(rows.opening),
    lines,
    totals: [...totals].map(([kind, amount]) => ({ kind, amount: formatUsd(amount) })),
    closing: formatUsd(balance),
    provenClosing: formatUsd(rows.closing),
  };
}
