"use client";

import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, ArrowRight, Download, Pause, Play, ScrollText } from "lucide-react";
import { useQueryStates } from "nuqs";
import { useId, useState } from "react";
import { fetchLive } from "@/components/shell/fetch-live";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { minuteTime } from "@/components/ui/time";
import {
  isFiltered,
  type LogFilters,
  type LogSpan,
  logFilterParsers,
  NO_LOG_FILTERS,
  serializeLogFilters,
  spanShown,
} from "@/components/usage/log-filters";
import { requestPageSchema } from "@/components/usage/request-row-schema";
import { RequestsTable } from "@/components/usage/requests-table";
import type { RequestPage } from "@/lib/usage/requests";

const REFRESH_MS = 3_000;
const STATUSES = [
  { value: "all", label: "All" },
  { value: "ok", label: "OK" },
  { value: "error", label: "Errors" },
] as const;

const SPANS: readonly { value: LogSpan; label: string }[] = [
  { value: "any", label: "Any time" },
  { value: "1h", label: "Last hour" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
  { value: "own", label: "From … to …" },
];

/** Radix's select takes no empty value. */
const ANY = "any";

interface LogsViewProps {
  projectId: string;
  /** The page that the server rendered, and the filters that it stands for. */
  initial: RequestPage;
  initialFilters: LogFilters;
  keys: readonly { id: string; name: string }[];
  models: readonly string[];
  providers: readonly { value: string; label: string }[];
}

/** The requests of a project: filters in the address, older pages, and the newest refreshed while one looks. */
export function LogsView({ projectId, initial, initialFilters, keys, models, providers }: LogsViewProps) {
  const [filters, setFilters] = useQueryStates(logFilterParsers);
  const id = useId();
  const [live, setLive] = useState(true);
  const onNewest = filters.before === "";
  const address = serializeLogFilters(`/dashboard/${projectId}/live/requests`, filters);
  const initialAddress = serializeLogFilters(`/dashboard/${projectId}/live/requests`, initialFilters);

  const { data, isError, isPlaceholderData } = useQuery({
    queryKey: ["requests", address],
    queryFn: ({ signal }) => fetchLive(address, requestPageSchema, signal),
    ...(address === initialAddress ? { initialData: initial } : {}),
    placeholderData: (previous) => previous,
    refetchInterval: live && onNewest ? REFRESH_MS : false,
  });

  const filtered = isFiltered(filters);
  const span = spanShown(filters);
  const narrow = (change: Partial<LogFilters>) => void setFilters({ ...change, before: null });
  const known = (value: string, all: readonly { value: string; label: string }[]) =>
    value !== "" && !all.some((option) => option.value === value) ? [...all, { value, label: value }] : all;
  const keyOptions = known(filters.key, [
    { value: ANY, label: "All keys" },
    ...keys.map(({ id, name }) => ({ value: id, label: name })),
  ]);
  const providerOptions = known(filters.provider, [{ value: ANY, label: "All providers" }, ...providers]);
  const modelOptions = known(filters.model, [
    { value: ANY, label: "All models" },
    ...models.map((name) => ({ value: name, label: name })),
  ]);

  return (
    <>
      <PageHeader
        title="Logs"
        description="The calls of this project’s keys, those refused for a limit too. A line leads to its receipt."
        actions={
          <>
            <Button asChild>
              <a
                href={serializeLogFilters(`${projectPath(projectId, "/logs")}/export`, { ...filters, before: null })}
                download
              >
                <Download />
                Export CSV
              </a>
            </Button>
            <Button
              variant="secondary"
              onClick={() => setLive(!live)}
              disabled={!onNewest}
              aria-pressed={live && onNewest}
              title={onNewest ? undefined : "Older pages stand still"}
            >
              {live && onNewest ? <Pause /> : <Play />}
              Live
              <span
                aria-hidden
                className={cn(
                  "size-1.5 rounded-full",
                  live && onNewest ? "animate-pulse-dot bg-accent" : "bg-line-strong",
                )}
              />
            </Button>
          </>
        }
      />
      <div className="mb-3 grid grid-cols-2 gap-2 sm:flex sm:flex-wrap sm:items-center">
        <Segmented
          label="Status"
          value={filters.status}
          onChange={(status) => narrow({ status })}
          options={STATUSES}
          className="justify-self-start max-sm:col-span-2"
        />
        <Select
          aria-label="Time"
          value={span}
          onChange={(since) => narrow(since === "own" ? { since } : { since, from: "", to: "" })}
          options={SPANS}
          className="h-8 w-full text-ui sm:w-36"
        />
        <Select
          aria-label="Key"
          value={filters.key || ANY}
          onChange={(key) => narrow({ key: key === ANY ? "" : key })}
          options={keyOptions}
          className="h-8 w-full text-ui sm:w-44"
        />
        <Select
          aria-label="Model"
          value={filters.model || ANY}
          onChange={(model) => narrow({ model: model === ANY ? "" : model })}
          options={modelOptions}
          className="h-8 w-full text-ui sm:w-40"
        />
        <Select
          aria-label="Provider"
          value={filters.provider || ANY}
          onChange={(provider) => narrow({ provider: provider === ANY ? "" : provider })}
          options={providerOptions}
          className="h-8 w-full text-ui sm:w-36"
        />
        <Input
          // Begins anew where the address changes by itself, as with the browser's way back.
          key={filters.user}
          aria-label="End user"
          placeholder="End user"
          defaultValue={filters.user}
          onBlur={(event) => narrow({ user: event.target.value.trim() })}
          onKeyDown={(event) => {
            if (event.key === "Enter") narrow({ user: event.currentTarget.value.trim() });
          }}
          className="h-8 w-full text-ui sm:w-36"
        />
        {filtered ? (
          <Button
            variant="ghost"
            size="sm"
            className="justify-self-start max-sm:h-8"
            onClick={() => narrow(NO_LOG_FILTERS)}
          >
            Clear filters
          </Button>
        ) : null}
        {span === "own" ? (
          <div className="col-span-2 flex flex-wrap items-center gap-2 sm:basis-full">
            {(["from", "to"] as const).map((end) => (
              <span key={end} className="flex items-center gap-1.5">
                <Label htmlFor={`${id}-${end}`} className="w-9 font-normal text-soft sm:w-auto">
                  {end === "from" ? "From" : "To"}
                </Label>
                <Input
                  id={`${id}-${end}`}
                  type="datetime-local"
                  value={filters[end]}
                  onChange={(event) => narrow({ since: "own", [end]: event.target.value })}
                  className="h-8 w-52 text-ui"
                />
              </span>
            ))}
            <span className="text-faint text-xs">UTC; the last minute is not included</span>
          </div>
        ) : null}
      </div>
      {isError ? (
        <Notice tone="warning" live className="mb-3">
          The list could not be refreshed just now; it shows what was last known.
        </Notice>
      ) : null}
      <Card
        className={cn("overflow-hidden transition-opacity", isPlaceholderData && "opacity-60")}
        aria-busy={isPlaceholderData}
      >
        {data === undefined ? (
          <div className="grid gap-3 p-5" role="status" aria-label="Loading requests">
            {["a", "b", "c", "d", "e", "f"].map((line) => (
              <Skeleton key={line} className="h-7" />
            ))}
          </div>
        ) : data.rows.length > 0 ? (
          <RequestsTable projectId={projectId} rows={data.rows} />
        ) : filtered || !onNewest ? (
          <EmptyState
            icon={ScrollText}
            title={data.searchedTo ? "No request fits so far" : "No request fits"}
            action={<Button onClick={() => narrow(NO_LOG_FILTERS)}>Clear filters</Button>}
          >
            Nothing in this project's log matches these filters.
          </EmptyState>
        ) : (
          <EmptyState icon={ScrollText} title="No requests yet">
            The first call with one of this project's keys appears here by itself.
          </EmptyState>
        )}
      </Card>
      {data?.searchedTo ? (
        <p className="mt-3 text-soft text-ui" role="status">
          Searched back to {minuteTime(data.searchedTo)}. “Older” goes on from there.
        </p>
      ) : null}
      <nav aria-label="Pages of the log" className="mt-3 flex items-center justify-between">
        {onNewest ? (
          <span />
        ) : (
          <Button size="sm" onClick={() => void setFilters({ before: null }, { history: "push" })}>
            <ArrowLeft />
            Newest
          </Button>
        )}
        {data?.next ? (
          <Button size="sm" onClick={() => void setFilters({ before: data.next }, { history: "push" })}>
            Older
            <ArrowRight />
          </Button>
        ) : null}
      </nav>
    </>
  );
}
