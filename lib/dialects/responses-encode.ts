import type {
  LanguageModelV3Content,
  LanguageModelV3FinishReason,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  SharedV3ProviderMetadata,
} from "@ai-sdk/provider";
import type { DecodedCall } from "@/lib/dialects/decoded-call";
import { type AnswerFrame, openAiError } from "@/lib/dialects/openai-chat-encode";
import { refusalOf } from "@/lib/dialects/provider-metadata";
import { envelopeOf } from "@/lib/dialects/reasoning-envelope";
import { responsesUsage, tokenCounts } from "@/lib/dialects/token-counts";
import { complaintOf } from "@/lib/dialects/upstream-error";

type Status = "in_progress" | "completed" | "incomplete";

type MessagePart =
  | { type: "output_text"; text: string; annotations: []; logprobs: [] }
  | { type: "refusal"; refusal: string };

interface SummaryText {
  type: "summary_text";
  text: string;
}

interface MessageItem {
  id: string;
  type: "message";
  status: Status;
  role: "assistant";
  content: MessagePart[];
}

interface ReasoningItem {
  id: string;
  type: "reasoning";
  summary: SummaryText[];
  encrypted_content?: string;
}

interface CallItem {
  id: string;
  type: "function_call";
  status: Status;
  call_id: string;
  name: string;
  arguments: string;
}

type OutputItem = MessageItem | ReasoningItem | CallItem;

/** The data of an event of a response's stream; its `type` is the event's name too. */
export interface ResponsesEvent {
  type: string;
  sequence_number: number;
  [name: string]: unknown;
}

/** What ids of items begin with; OpenAI's own clients do not look at what follows. */
const ITEM_PREFIXES = { message: "msg", reasoning: "rs", function_call: "fc" } as const satisfies Record<
  OutputItem["type"],
  string
>;

/** Ids of the answer's items: the answer's own, and where the item stands in it. */
function itemId(frame: AnswerFrame, type: OutputItem["type"], index: number): string {
  return `${ITEM_PREFIXES[type]}_${frame.id.slice(frame.id.indexOf("_") + 1)}_${index}`;
}

const textPart = (text: string): MessagePart => ({ type: "output_text", text, annotations: [], logprobs: [] });
const summaryPart = (text: string): SummaryText => ({ type: "summary_text", text });

function usageOf(usage: LanguageModelV3Usage) {
  const counts = tokenCounts(usage);
  return counts === null ? null : responsesUsage(counts);
}

/** Why an answer is incomplete; null where it is not. What a model refuses it has said to its end. */
function incompleteReason({ unified }: LanguageModelV3FinishReason, isRefusal: boolean): string | null {
  if (unified === "length") return "max_output_tokens";
  return unified === "content-filter" && !isRefusal ? "content_filter" : null;
}

interface Progress {
  status: Status;
  incompleteReason: string | null;
  output: readonly OutputItem[];
  usage: object | null;
}

const BEGUN: Progress = { status: "in_progress", incompleteReason: null, output: [], usage: null };

function responseOf(frame: AnswerFrame, call: DecodedCall, progress: Progress) {
  return {
    id: frame.id,
    object: "response",
    created_at: frame.created,
    status: progress.status,
    background: false,
    error: null,
    incomplete_details: progress.incompleteReason === null ? null : { reason: progress.incompleteReason },
    ...call.repeated,
    model: frame.model,
    output: progress.output,
    usage: progress.usage,
  };
}

function itemOf(part: LanguageModelV3Content, index: number, frame: AnswerFrame, status: Status): OutputItem | null {
  switch (part.type) {
    case "text":
      if (part.text === "") return null;
      return {
        id: itemId(frame, "message", index),
        type: "message",
        status,
        role: "assistant",
        content: [textPart(part.text)],
      };
    case "reasoning": {
      const envelope = envelopeOf(part.providerMetadata);
      return {
        id: itemId(frame, "reasoning", index),
        type: "reasoning",
        summary: part.text === "" ? [] : [summaryPart(part.text)],
        ...(envelope === null ? {} : { encrypted_content: envelope }),
      };
    }
    case "tool-call":
      if (part.providerExecuted) return null;
      return {
        id: itemId(frame, "function_call", index),
        type: "function_call",
        status: "completed",
        call_id: part.toolCallId,
        name: part.toolName,
        arguments: part.input === "" ? "{}" : part.input,
      };
    // Files, sources and the results of a provider's own tools cannot be asked for across dialects.
    case "file":
    case "source":
    case "tool-result":
    case "tool-approval-request":
      return null;
    default:
      return part satisfies never;
  }
}

/** A whole answer as a response. */
export function responseObject(result: LanguageModelV3GenerateResult, frame: AnswerFrame, call: DecodedCall) {
  const refusal = refusalOf(result.providerMetadata);
  const reason = incompleteReason(result.finishReason, refusal !== null);
  const status = reason === null ? "completed" : "incomplete";
  const output: OutputItem[] = [];
  for (const part of result.content) {
    const item = itemOf(part, output.length, frame, status);
    if (item) output.push(item);
  }
  if (refusal !== null)
    output.push({
      id: itemId(frame, "message", output.length),
      type: "message",
      status,
      role: "assistant",
      content: [{ type: "refusal", refusal }],
    });
  return responseOf(frame, call, { status, incompleteReason: reason, output, usage: usageOf(result.usage) });
}

/** An item that is being said: what has come of it, and what it becomes. */
interface OpenItem {
  /** Which part of the stream it is said by. */
  key: string;
  index: number;
  item: MessageItem | ReasoningItem;
  text: string;
}

interface OpenCall {
  index: number;
  item: CallItem;
}

/**
 * Makes the events of a response's items. Texts and reasoning stand one after the other: what begins ends the one
 * before it, and a text that goes on after that is an item of its own. Calls of tools may overlap.
 */
class ItemEvents {
  readonly #frame: AnswerFrame;
  readonly #events: Omit<ResponsesEvent, "sequence_number">[] = [];
  readonly #items: OutputItem[] = [];
  readonly #calls = new Map<string, OpenCall>();
  #open: OpenItem | null = null;

  constructor(frame: AnswerFrame) {
    this.#frame = frame;
  }

  /** The events since the last call; their `type` comes first. */
  take(): Omit<ResponsesEvent, "sequence_number">[] {
    return this.#events.splice(0);
  }

  /** The items, as far as they have come. */
  get items(): readonly OutputItem[] {
    return this.#items;
  }

  /** Adds to a text, or to a refusal. */
  text(key: string, delta: string, kind: "output_text" | "refusal" = "output_text"): void {
    if (delta === "") return;
    const part: MessagePart = kind === "refusal" ? { type: "refusal", refusal: "" } : textPart("");
    const open = this.#opened(key, (index) => ({
      id: itemId(this.#frame, "message", index),
      type: "message",
      status: "in_progress",
      role: "assistant",
      content: [],
    }));
    if (open.item.type === "message" && open.item.content.length === 0) {
      this.#emit("response.content_part.added", open, { content_index: 0, part });
      open.item.content = [part];
    }
    open.text += delta;
    const logprobs = kind === "refusal" ? {} : { logprobs: [] };
    this.#emit(`response.${kind}.delta`, open, { content_index: 0, delta, ...logprobs });
  }

  /** Adds to a summary of reasoning. */
  reasoning(key: string, delta: string): void {
    if (delta === "") return;
    const open = this.#openedReasoning(key);
    if (open.text === "")
      this.#emit("response.reasoning_summary_part.added", open, { summary_index: 0, part: summaryPart("") });
    open.text += delta;
    this.#emit("response.reasoning_summary_text.delta", open, { summary_index: 0, delta });
  }

  /** Ends reasoning, with what its provider wants back of it. */
  endReasoning(key: string, envelope: string | null): void {
    if (this.#open?.key !== key && envelope === null) return;
    const { item } = this.#openedReasoning(key);
    if (envelope !== null && item.type === "reasoning") item.encrypted_content = envelope;
    this.close("completed");
  }

  startCall(id: string, name: string): OpenCall {
    this.close("completed");
    const index = this.#items.length;
    const item: CallItem = {
      id: itemId(this.#frame, "function_call", index),
      type: "function_call",
      status: "in_progress",
      call_id: id,
      name,
      arguments: "",
    };
    this.#items.push(item);
    const call = { index, item };
    this.#calls.set(id, call);
    this.#events.push({ type: "response.output_item.added", output_index: index, item: { ...item } });
    return call;
  }

  addArguments(id: string, delta: string): void {
    const call = this.#calls.get(id);
    if (!call || delta === "") return;
    call.item.arguments += delta;
    this.#emit("response.function_call_arguments.delta", call, { delta });
  }

  /** Ends a call; `input` stands for arguments that did not come piece by piece. */
  endCall(id: string, name: string, input: string): void {
    const call = this.#calls.get(id) ?? this.startCall(id, name);
    if (call.item.arguments === "") this.addArguments(id, input === "" ? "{}" : input);
    this.#endCall(call, "completed");
    this.#calls.delete(id);
  }

  /** Ends the text or reasoning that is being said. */
  close(status: Status): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    if (open.item.type === "message") this.#closeMessage(open, open.item, status);
    else this.#closeReasoning(open, open.item);
    this.#done(open);
  }

  closeAll(status: Status): void {
    this.close(status);
    // A call that has not ended was cut off by the maximum.
    for (const call of this.#calls.values()) this.#endCall(call, "incomplete");
    this.#calls.clear();
  }

  #opened(key: string, begin: (index: number) => OpenItem["item"]): OpenItem {
    if (this.#open?.key === key) return this.#open;
    this.close("completed");
    const index = this.#items.length;
    const item = begin(index);
    this.#items.push(item);
    this.#open = { key, index, item, text: "" };
    this.#events.push({ type: "response.output_item.added", output_index: index, item: { ...item } });
    return this.#open;
  }

  #openedReasoning(key: string): OpenItem {
    return this.#opened(key, (index) => ({
      id: itemId(this.#frame, "reasoning", index),
      type: "reasoning",
      summary: [],
    }));
  }

  #closeMessage(open: OpenItem, item: MessageItem, status: Status): void {
    const isRefusal = item.content[0]?.type === "refusal";
    const part: MessagePart = isRefusal ? { type: "refusal", refusal: open.text } : textPart(open.text);
    if (isRefusal) this.#emit("response.refusal.done", open, { content_index: 0, refusal: open.text });
    else this.#emit("response.output_text.done", open, { content_index: 0, text: open.text, logprobs: [] });
    this.#emit("response.content_part.done", open, { content_index: 0, part });
    item.status = status;
    item.content = [part];
  }

  #closeReasoning(open: OpenItem, item: ReasoningItem): void {
    if (open.text === "") return;
    const part = summaryPart(open.text);
    this.#emit("response.reasoning_summary_text.done", open, { summary_index: 0, text: open.text });
    this.#emit("response.reasoning_summary_part.done", open, { summary_index: 0, part });
    item.summary = [part];
  }

  #endCall(call: OpenCall, status: Status): void {
    call.item.status = status;
    const { name, arguments: json } = call.item;
    this.#emit("response.function_call_arguments.done", call, { name, arguments: json });
    this.#done(call);
  }

  #done({ index, item }: { index: number; item: OutputItem }): void {
    this.#events.push({ type: "response.output_item.done", output_index: index, item });
  }

  #emit(type: string, { index, item }: { index: number; item: OutputItem }, rest: Record<string, unknown>): void {
    this.#events.push({ type, item_id: item.id, output_index: index, ...rest });
  }
}

/**
 * A stream as the events of a response, numbered from 0. A provider's error becomes the last event; a stream that ends
 * before its end just ends, without `response.completed`.
 */
export async function* responseEvents(
  parts: AsyncIterable<LanguageModelV3StreamPart>,
  frame: AnswerFrame,
  call: DecodedCall,
): AsyncGenerator<ResponsesEvent> {
  let next = 0;
  const numbered = ({ type, ...rest }: Omit<ResponsesEvent, "sequence_number">): ResponsesEvent => {
    const event = { type: String(type), sequence_number: next, ...rest };
    next += 1;
    return event;
  };
  const items = new ItemEvents(frame);
  const thoughts = new Map<string, SharedV3ProviderMetadata>();
  const learn = (id: string, metadata: SharedV3ProviderMetadata | undefined) => {
    thoughts.set(id, { ...thoughts.get(id), ...metadata });
  };
  let isOpen = false;
  for await (const part of parts) {
    // Not before the provider has said something: until then another one can be asked.
    if (!isOpen && part.type !== "stream-start" && part.type !== "raw" && part.type !== "error") {
      isOpen = true;
      const response = responseOf(frame, call, BEGUN);
      yield numbered({ type: "response.created", response });
      yield numbered({ type: "response.in_progress", response });
    }
    switch (part.type) {
      case "text-delta":
        items.text(`text ${part.id}`, part.delta);
        break;
      case "reasoning-start":
        learn(part.id, part.providerMetadata);
        break;
      case "reasoning-delta":
        learn(part.id, part.providerMetadata);
        items.reasoning(`reasoning ${part.id}`, part.delta);
        break;
      case "reasoning-end":
        learn(part.id, part.providerMetadata);
        items.endReasoning(`reasoning ${part.id}`, envelopeOf(thoughts.get(part.id)));
        break;
      case "tool-input-start":
        if (!part.providerExecuted) items.startCall(part.id, part.toolName);
        break;
      case "tool-input-delta":
        items.addArguments(part.id, part.delta);
        break;
      case "tool-call":
        if (!part.providerExecuted) items.endCall(part.toolCallId, part.toolName, part.input);
        break;
      case "error": {
        const error = openAiError(complaintOf(part.error));
        const { code, message, param } = error;
        yield numbered({ type: "error", code, message, param, error });
        return;
      }
      case "finish": {
        const refusal = refusalOf(part.providerMetadata);
        if (refusal !== null) items.text("refusal", refusal, "refusal");
        const reason = incompleteReason(part.finishReason, refusal !== null);
        const status = reason === null ? "completed" : "incomplete";
        items.closeAll(status);
        for (const event of items.take()) yield numbered(event);
        const progress = { status, incompleteReason: reason, output: items.items, usage: usageOf(part.usage) } as const;
        yield numbered({ type: `response.${status}`, response: responseOf(frame, call, progress) });
        return;
      }
      case "stream-start":
      case "response-metadata":
      case "text-start":
      case "text-end":
      case "tool-input-end":
      // Files, sources and the results of a provider's own tools cannot be asked for across dialects.
      case "file":
      case "source":
      case "tool-result":
      case "tool-approval-request":
      case "raw":
        break;
      default:
        part satisfies never;
    }
    for (const event of items.take()) yield numbered(event);
  }
}
