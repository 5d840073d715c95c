/** Text that stands in every unstreamed answer of the constant upstream, so that a gateway that made one up is noticed. */
export const ANSWER_MARK = "constant answer";

/** What each chunk of a streamed answer of the constant upstream says. */
export const CHUNK_TEXT = " constant";

/** A text that an answer must hold, and how often. */
export type Wanted = { text: string; times: number };

/** What is asked, and how to tell that the whole answer came. */
export type Question = {
  /** JSON body of the call. */
  body: string;
  /** What a complete answer holds. */
  wanted: Wanted[];
  /** What the first piece of the body holds that counts as answer; empty: any byte does. */
  firstMark: string;
};

export type WorkloadName = "answer" | "stream" | "paced";

/** A question, and how it is put. */
export type Workload = Question & {
  name: WorkloadName;
  /** The numbers of connections at which it is measured. */
  connections: number[];
  /** Connections are opened evenly over this time, so that paced streams do not end all at once. */
  rampMs: number;
  /** Before the measured window; longer than the ramp. */
  warmupMs: number;
  streamed: boolean;
};

const WARMUP_MS = 500;
const CONNECTIONS = [1, 16, 32, 128];
/** One chunk for each token of a short answer. */
const CHUNKS = 20;
const PACED_CHUNKS = 50;
const PACED_GAP_MS = 20;

function question(directives: string, stream: object): string {
  return JSON.stringify({
    model: "gpt-4o-mini",
    messages: [
      { role: "system", content: "You are a helpful assistant that answers in one short sentence." },
      { role: "user", content: `Say something that is always the same, please.${directives}` },
    ],
    max_tokens: 64,
    ...stream,
  });
}

/** One chat completion in `chunks` chunks, one each `gapMs` milliseconds, and its usage. */
export function streamed(chunks: number, gapMs: number): Question {
  return {
    body: question(` [[chunks:${chunks}]] [[gap:${gapMs}]]`, { stream: true, stream_options: { include_usage: true } }),
    wanted: [
      { text: `"content":"${CHUNK_TEXT}"`, times: chunks },
      { text: '"completion_tokens":', times: 1 },
      { text: "data: [DONE]", times: 1 },
    ],
    // A comment that only keeps the connection alive is no chunk.
    firstMark: "data:",
  };
}

/** What `npm run bench` measures. A forgotten one does not compile. */
export const WORKLOADS: Readonly<Record<WorkloadName, Workload>> = {
  answer: {
    name: "answer",
    body: question("", {}),
    wanted: [{ text: ANSWER_MARK, times: 1 }],
    firstMark: "",
    connections: CONNECTIONS,
    rampMs: 0,
    warmupMs: WARMUP_MS,
    streamed: false,
  },
  stream: {
    name: "stream",
    ...streamed(CHUNKS, 0),
    connections: CONNECTIONS,
    rampMs: 0,
    warmupMs: WARMUP_MS,
    streamed: true,
  },
  paced: {
    name: "paced",
    ...streamed(PACED_CHUNKS, PACED_GAP_MS),
    connections: [500],
    rampMs: PACED_CHUNKS * PACED_GAP_MS,
    warmupMs: 2 * PACED_CHUNKS * PACED_GAP_MS,
    streamed: true,
  },
};
