/** Text that stands in every unstreamed answer of the constant upstream, so that a gateway that made one up is noticed. */
export const ANSWER_MARK = "constant answer";

/** What a contender is asked, and how to tell that the whole answer came. */
export type Workload = {
  name: "answer" | "stream";
  /** JSON body of the call. */
  body: string;
  /** Bytes that a complete answer contains. */
  mark: string;
};

const call = {
  model: "gpt-4o-mini",
  messages: [
    { role: "system", content: "You are a helpful assistant that answers in one short sentence." },
    { role: "user", content: "Say something that is always the same, please." },
  ],
  max_tokens: 64,
};

/** One chat completion, answered whole. */
export const ANSWER: Workload = { name: "answer", body: JSON.stringify(call), mark: ANSWER_MARK };

/** The same, streamed in 32 chunks without pause, usage included. */
export const STREAM: Workload = {
  name: "stream",
  body: JSON.stringify({ ...call, stream: true, stream_options: { include_usage: true } }),
  mark: "data: [DONE]",
};
