import type { Question } from "./workload";

/** What the load generator is told: where to call, with what, and for how long. */
export type LoadJob = Question & {
  port: number;
  path: string;
  headers: Record<string, string>;
  connections: number;
  /** The connections are opened evenly over this time. */
  rampMs: number;
  warmupMs: number;
  measureMs: number;
  /** No more calls than these are sent, whatever time is left; absent: as many as the time allows. */
  callsMax?: number;
};

/** What the load generator saw. Times are milliseconds; percentiles and rates are of the measured window only. */
export type LoadResult = {
  /** Calls answered completely with 200, warm-up and drain included: each of them owes a receipt. */
  answered: number;
  /** Calls answered inside the measured window. */
  measured: number;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** From sending a call to the first byte of its answer's body; of a stream, to the first chunk with data. */
  firstByteP50Ms: number;
  firstByteP99Ms: number;
  /** The longest time that the load generator itself was kept from running, warm-up and drain included. */
  longestPauseMs: number;
  errors: number;
  /** How often each kind of failure happened, by its text. */
  failures: Record<string, number>;
};
