"use client";

import { AudioLines } from "lucide-react";
import Link from "next/link";
import { EnvironmentBadge } from "@/components/keys/environment-badge";
import { projectPath } from "@/components/shell/navigation";
import { Money } from "@/components/ui/money-text";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import { duration } from "@/components/ui/time";
import { ModelText } from "@/components/usage/model-text";
import { StatusBadge } from "@/components/usage/status-badge";
import type { RequestRow } from "@/lib/usage/requests";

interface RequestsTableProps {
  projectId: string;
  rows: RequestRow[];
}

const count = new Intl.NumberFormat("en-GB");

/** Requests, newest first; each line leads to its receipt. */
export function RequestsTable({ projectId, rows }: RequestsTableProps) {
  return (
    <Table label="Requests">
      <TableHead>
        <tr>
          <HeaderCell>Time</HeaderCell>
          <HeaderCell className="hidden md:table-cell">Key</HeaderCell>
          <HeaderCell className="hidden sm:table-cell">Model</HeaderCell>
          <HeaderCell>Status</HeaderCell>
          <HeaderCell numeric className="hidden sm:table-cell xl:hidden">
            Tokens
          </HeaderCell>
          <HeaderCell numeric className="hidden xl:table-cell">
            Tokens in
          </HeaderCell>
          <HeaderCell numeric className="hidden xl:table-cell">
            Tokens out
          </HeaderCell>
          <HeaderCell numeric>Cost</HeaderCell>
          <HeaderCell numeric className="hidden xl:table-cell">
            Latency
          </HeaderCell>
          <HeaderCell className="hidden xl:table-cell">Streamed</HeaderCell>
        </tr>
      </TableHead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} className="relative hover:bg-hover/60">
            <Cell className="whitespace-nowrap text-soft">
              <Link
                href={projectPath(projectId, `/logs/${row.id}`)}
                className="rounded after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-ring focus-visible:after:outline-offset-[-2px]"
              >
                <RelativeTime at={row.createdAt} />
              </Link>
              <span className="block max-w-28 truncate text-ink text-xs sm:hidden">
                {row.model ?? row.requestedModel}
              </span>
            </Cell>
            <Cell className="hidden max-w-44 md:table-cell">
              <span className="flex items-center gap-2">
                <span className="truncate" title={row.keyName ?? row.keyId}>
                  {row.keyName ?? row.keyId}
                </span>
                {row.environment === "test" ? <EnvironmentBadge environment="test" /> : null}
              </span>
            </Cell>
            <Cell className="hidden max-w-52 sm:table-cell">
              <ModelText request={row} />
            </Cell>
            <Cell className="max-w-44">
              <StatusBadge request={row} />
              {row.errorCode ? (
                <span
                  className="mt-0.5 hidden truncate font-mono text-2xs text-faint sm:block"
                  title={row.errorMessage ?? ""}
                >
                  {row.errorCode}
                </span>
              ) : null}
            </Cell>
            <Cell
              numeric
              className="hidden sm:table-cell xl:hidden"
              title={`${count.format(row.promptTokens)} in, ${count.format(row.completionTokens)} out`}
            >
              {count.format(row.promptTokens + row.completionTokens)}
            </Cell>
            <Cell numeric className="hidden xl:table-cell">
              {count.format(row.promptTokens)}
            </Cell>
            <Cell numeric className="hidden xl:table-cell">
              {count.format(row.completionTokens)}
            </Cell>
            <Cell numeric>
              <Money amount={row.cost} />
              {row.environment === "test" ? <span className="block text-faint text-xs">test, not charged</span> : null}
            </Cell>
            <Cell numeric className="hidden text-soft xl:table-cell">
              {duration(row.latencyMs)}
            </Cell>
            <Cell className="hidden text-soft xl:table-cell">
              {row.streamed ? (
                <span className="inline-flex items-center gap-1.5">
                  <AudioLines className="size-3.5 text-faint" aria-hidden />
                  Yes
                </span>
              ) : (
                <span className="text-faint">No</span>
              )}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}
