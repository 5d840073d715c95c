import { admissionBatches } from "@/lib/gateway/admit";
import type { BatchTallies } from "@/lib/gateway/group-commit";
import { openHolds } from "@/lib/gateway/holds";
import { settlementBatches, unsettled } from "@/lib/gateway/settle";
import { answers, upstream } from "@/lib/gateway/tallies";
import type { Measured } from "@/lib/infra/metrics";

const STAGES: Readonly<Record<string, BatchTallies>> = { admit: admissionBatches, settle: settlementBatches };
const stages = Object.entries(STAGES);

const plain = (name: string, help: string, read: () => number): Measured => ({
  name,
  help,
  labels: [],
  kind: "gauge",
  read: () => [{ labels: {}, value: read() }],
});

/** Everything that the gateway tells of itself under /metrics, for this process. */
export const MEASURED: readonly Measured[] = [
  {
    name: "turnpike_requests_total",
    help: "Answers by endpoint and HTTP status; of streams the status they began with",
    labels: ["endpoint", "status"],
    kind: "counter",
    read: () =>
      [...answers].flatMap(([endpoint, byStatus]) =>
        [...byStatus].map(([status, value]) => ({ labels: { endpoint, status: String(status) }, value })),
      ),
  },
  {
    name: "turnpike_upstream_seconds",
    help: "Time until a provider had answered, or a stream's first event had come, by provider and outcome",
    labels: ["provider", "outcome"],
    kind: "histogram",
    read: () =>
      [...upstream].flatMap(([provider, byOutcome]) =>
        [...byOutcome].map(([outcome, tally]) => ({ labels: { provider, outcome }, tally })),
      ),
  },
  {
    name: "turnpike_batch_size",
    help: "Requests in one admission or settlement statement",
    labels: ["stage"],
    kind: "histogram",
    read: () => stages.map(([stage, { sizes }]) => ({ labels: { stage }, tally: sizes })),
  },
  {
    name: "turnpike_batch_seconds",
    help: "Time that one admission or settlement statement took",
    labels: ["stage"],
    kind: "histogram",
    read: () => stages.map(([stage, { seconds }]) => ({ labels: { stage }, tally: seconds })),
  },
  {
    name: "turnpike_queue_length",
    help: "Requests that wait for the next admission or settlement statement",
    labels: ["stage"],
    kind: "gauge",
    read: () => stages.map(([stage, { waiting }]) => ({ labels: { stage }, value: waiting })),
  },
  plain("turnpike_open_holds", "Requests of this process that hold something on their meters", openHolds),
  plain("turnpike_unsettled", "Requests of this process whose settlement is not durable yet", unsettled),
];
