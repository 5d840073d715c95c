"use client";

import { actionWords, partyWords } from "@/components/audit/action-words";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import type { TrailRow } from "@/lib/audit/list-trail";

/** What people did, newest first, with each field as it was and as it is. */
export function AuditTable({ rows }: { rows: TrailRow[] }) {
  return (
    <Table label="Audit trail">
      <TableHead>
        <tr>
          <HeaderCell>Time</HeaderCell>
          <HeaderCell className="hidden sm:table-cell">Who</HeaderCell>
          <HeaderCell>What</HeaderCell>
          <HeaderCell className="hidden md:table-cell">Changes</HeaderCell>
          <HeaderCell className="hidden lg:table-cell">From</HeaderCell>
        </tr>
      </TableHead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} className="align-top">
            <Cell className="whitespace-nowrap align-top text-soft">
              <RelativeTime at={row.at} />
            </Cell>
            <Cell className="hidden max-w-40 align-top sm:table-cell">
              <span className="block truncate" title={row.actor}>
                {partyWords(row.actor, row.actorName)}
              </span>
            </Cell>
            <Cell className="max-w-56 align-top">
              <span className="block">{actionWords(row.action)}</span>
              <span className="block truncate text-faint text-xs" title={row.target}>
                {partyWords(row.target, row.targetName)}
              </span>
              <span className="block truncate text-faint text-xs sm:hidden">
                by {partyWords(row.actor, row.actorName)}
              </span>
            </Cell>
            <Cell className="hidden max-w-96 align-top md:table-cell">
              <Changes before={row.before} after={row.after} />
            </Cell>
            <Cell className="hidden whitespace-nowrap align-top font-mono text-faint text-xs lg:table-cell">
              {row.address ?? "-"}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function shown(value: unknown): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(shown).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The fields that are not what they were. */
function Changes({ before, after }: Pick<TrailRow, "before" | "after">) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    // Of what is new, only what it has.
    (name) => shown(before?.[name] ?? null) !== shown(after?.[name] ?? null),
  );
  if (names.length === 0) return <span className="text-faint">-</span>;
  return (
    <dl className="grid gap-0.5 text-xs">
      {names.map((name) => (
        <div key={name} className="flex min-w-0 gap-1.5">
          <dt className="shrink-0 text-faint">{name.replaceAll("_", " ")}</dt>
          <dd className="min-w-0 break-words">
            {before !== null && before[name] !== undefined ? (
              <>
                <del className="text-faint">{shown(before[name])}</del>{" "}
              </>
            ) : null}
            {after !== null && after[name] !== undefined ? shown(after[name]) : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}
