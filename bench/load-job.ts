/** What the load generator is told: where to call, with what, and for how long. */
export type LoadJob = {
  port: number;
  path: string;
  headers: Record<string, string>;
  body: string;
  /** Bytes that a complete answer contains. */
  mark: string;
  connections: number;
  warmupMs: number;
  measureMs: number;
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
  firstByteP50Ms: number;
  firstByteP99Ms: number;
  /** The longest time that the load generator itself was kept from running, warm-up and drain included. */
  longestPauseMs: number;
  errors: number;
  /** How often each kind of failure happened, by its text. */
  failures: Record<string, number>;
};
