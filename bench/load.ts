import { createConnection } from "node:net";
import { MessageReader } from "./http-messages";
import type { LoadJob, LoadResult } from "./load-job";
import { percentile } from "./statistics";
import { wholeAnswer } from "./whole-answer";

/*
 * The load generator, a process of its own: one JSON job as its argument, one JSON result on standard output. Each
 * connection sends the next call when the answer to the last one is complete (a closed loop), over raw sockets, because
 * an HTTP client would cost more of the shared core than the upstream does.
 */

const RECONNECT_MS = 50;
const TICK_MS = 50;
/** So many ticks without any byte, and nobody waits longer. Counted rather than timed: a machine that stood still owes no answers. */
const SILENT_TICKS_MAX = 300;

function requestBytes(job: LoadJob): Buffer {
  const headers = Object.entries({
    host: `127.0.0.1:${job.port}`,
    "content-type": "application/json",
    accept: "application/json",
    ...job.headers,
    "content-length": String(Buffer.byteLength(job.body)),
  });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.from(`POST ${job.path} HTTP/1.1\r\n${lines}\r\n${job.body}`);
}

/** Runs one job to its end: warm-up, measured window, then every call still in flight is waited for. */
function run(job: LoadJob): Promise<LoadResult> {
  const request = requestBytes(job);
  const isWhole = wholeAnswer(job.wanted);
  const firstMark = Buffer.from(job.firstMark);
  const callsMax = job.callsMax ?? Number.POSITIVE_INFINITY;
  const startedAt = performance.now();
  const measureFrom = startedAt + job.warmupMs;
  const measureTo = measureFrom + job.measureMs;
  const latencies: number[] = [];
  const firstBytes: number[] = [];
  const failures: Record<string, number> = {};
  let sent = 0;
  let answered = 0;
  let open = job.connections;
  let silentTicks = 0;
  let longestPauseMs = 0;
  let tickedAt = startedAt;

  return new Promise((resolve) => {
    const ticking = setInterval(() => {
      const now = performance.now();
      longestPauseMs = Math.max(longestPauseMs, now - tickedAt - TICK_MS);
      tickedAt = now;
      silentTicks += 1;
      if (silentTicks > SILENT_TICKS_MAX) finish();
    }, TICK_MS);

    function fail(why: string): void {
      failures[why] = (failures[why] ?? 0) + 1;
    }

    function leave(): void {
      open -= 1;
      if (open === 0) finish();
    }

    function finish(): void {
      clearInterval(ticking);
      if (open > 0) failures["not a byte for 15 seconds"] = open;
      latencies.sort((a, b) => a - b);
      firstBytes.sort((a, b) => a - b);
      resolve({
        answered,
        measured: latencies.length,
        requestsPerSecond: latencies.length / (job.measureMs / 1000),
        p50Ms: percentile(latencies, 0.5),
        p99Ms: percentile(latencies, 0.99),
        firstByteP50Ms: percentile(firstBytes, 0.5),
        firstByteP99Ms: percentile(firstBytes, 0.99),
        longestPauseMs,
        errors: Object.values(failures).reduce((sum, count) => sum + count, 0),
        failures,
      });
    }

    function connect(): void {
      let sentAt = 0;
      let firstByteAt = 0;
      let waiting = false;
      let done = false;
      const socket = createConnection({ host: "127.0.0.1", port: job.port, noDelay: true });

      function send(): void {
        if (performance.now() >= measureTo || sent >= callsMax) {
          done = true;
          socket.destroy();
          leave();
          return;
        }
        sent += 1;
        waiting = true;
        firstByteAt = 0;
        sentAt = performance.now();
        socket.write(request);
      }

      const reader = new MessageReader("response", {
        bodyPiece: (piece) => {
          // Where a read cuts the mark in two, the next chunk counts: later than it was, never earlier.
          if (firstByteAt === 0 && piece.includes(firstMark)) firstByteAt = performance.now();
        },
        message: ({ head, body }) => {
          const now = performance.now();
          waiting = false;
          const status = head.slice(9, 12);
          if (status !== "200") fail(`${status} ${body.toString("utf8", 0, 160)}`);
          else if (!isWhole(body)) fail("a 200 without the whole answer");
          else {
            answered += 1;
            if (now >= measureFrom && now < measureTo) {
              latencies.push(now - sentAt);
              firstBytes.push(firstByteAt - sentAt);
            }
          }
          send();
        },
      });

      socket.on("connect", send);
      socket.on("data", (read) => {
        silentTicks = 0;
        try {
          reader.push(read);
        } catch (error) {
          fail(error instanceof Error ? error.message : String(error));
          waiting = false;
          socket.destroy();
        }
      });
      socket.on("error", (error) => {
        fail(error.message);
        waiting = false;
      });
      socket.on("close", () => {
        if (done) return;
        if (waiting) fail("connection closed before the answer");
        if (performance.now() < measureTo && sent < callsMax) setTimeout(connect, RECONNECT_MS);
        else leave();
      });
    }

    for (let started = 0; started < job.connections; started += 1) {
      if (job.rampMs === 0) connect();
      else setTimeout(connect, (job.rampMs * started) / job.connections);
    }
  });
}

const result = await run(JSON.parse(process.argv[2] ?? "{}"));
process.stdout.write(JSON.stringify(result), () => process.exit(0));
