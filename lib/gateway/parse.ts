import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { qualifiedName } from "@/lib/catalog/find-model";
import type { Model } from "@/lib/catalog/models";
import { checked } from "@/lib/core/checked";
import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import type { CallerDialect } from "@/lib/gateway/endpoints";
import type { Incoming } from "@/lib/gateway/incoming";
import { type OwnKeyOnly, ownKeyOnlyIn } from "@/lib/gateway/own-key-only";
import { isPlainChat } from "@/lib/gateway/plain-chat";
import { repeatedMember } from "@/lib/gateway/repeated-member";
import { type JsonBody, type Routing, takeRouting } from "@/lib/gateway/routing";
import { NO_HEADERS } from "@/lib/providers/provider";

/** A request to a model that can be planned: its text as it came, and what the pipeline needs of it. */
export interface ModelRequest {
  /** Where it goes, below the provider's base URL. */
  path: "chat/completions" | "completions" | "embeddings" | "messages" | "responses";
  /** The dialect that the caller speaks. */
  dialect: CallerDialect;
  /** Of the caller's headers, those that its dialect gives a meaning; lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** The body as the caller sent it, but for the members that `routing` says. */
  text: string;
  /** What it says. */
  body: unknown;
  /** An upper bound of the tokens of all its text: the body's bytes, or as many as came as numbers. */
  mostPromptTokens: number;
  /** How many prompts it holds; each has the context window to itself. */
  prompts: number;
  /** As the caller wrote it, the first where there are several; answers carry it (`answeredModel`). */
  model: string;
  /** What the caller wants beyond that one model; null in the plain case. */
  routing: Routing | null;
  streamed: boolean;
  /** Whether the caller asked for the usage chunk. */
  wantsUsage: boolean;
  /** The most answer tokens that the caller allows for each choice; null when it set no maximum. */
  maxTokens: number | null;
  /** What providers usually give where no maximum is set, which a clamp must not raise; null: as much as the model can. */
  usualMaxTokens: number | null;
  /** How many choices are made, for all prompts together. */
  choices: number;
  /** Whether every part of every message is text; images and files cost more than their bytes tell. */
  textOnly: boolean;
  /** What in it only a project's own provider key may be asked for. */
  ownKeyOnly: readonly OwnKeyOnly[];
  /** The prompts' text, for counting where a provider reports no usage. */
  promptText: () => string;
  /** Prompt tokens beside that text: what frames a chat, or what came as numbers. */
  tokensBesideText: number;
  /** How often the answer repeats each prompt before what it adds to it. */
  echoes: number;
}

/** A number of tokens that a caller allows. */
export const count = z.number().int().min(1);
const MOST_CHOICES = 128;
const choices = z.number().int().min(1).max(MOST_CHOICES).nullish();
const StreamOptions = z.object({ include_usage: z.boolean().nullish() }).nullish();
const Part = z.object({ type: z.string(), text: z.unknown().optional() });
const Message = z.object({ role: z.string(), content: z.union([z.string(), z.array(Part), z.null()]).optional() });

/** `isPlainChat` knows what it takes without asking it; they change together. */
export const ChatBody = z.object({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  stream: z.boolean().nullish(),
  stream_options: StreamOptions,
  max_tokens: count.nullish(),
  max_completion_tokens: count.nullish(),
  n: choices,
});

/** As many as OpenAI takes at once (platform.openai.com/docs/api-reference/embeddings/create, `input`). */
const MOST_PROMPTS = 2_048;

/** The prompts of a request that is no chat. */
interface Prompts {
  count: number;
  /** How many tokens came as numbers; null: they came as text. */
  numbers: number | null;
  text: () => string;
}

const isToken = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0;
const isText = (value: unknown): value is string => typeof value === "string";
const isTokens = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every(isToken);

function readPrompts(value: unknown): Prompts | null {
  if (isText(value)) return { count: 1, numbers: null, text: () => value };
  if (!Array.isArray(value) || value.length === 0) return null;
  if (isTokens(value)) return { count: 1, numbers: value.length, text: () => "" };
  if (value.length > MOST_PROMPTS) return null;
  if (value.every(isText)) return { count: value.length, numbers: null, text: () => value.join("\n") };
  if (!value.every(isTokens)) return null;
  return { count: value.length, numbers: value.reduce((sum, { length }) => sum + length, 0), text: () => "" };
}

/** A text, several, tokens as numbers, or several lists of them. */
const Prompts = z.unknown().transform((value, context): Prompts => {
  const prompts = readPrompts(value);
  if (prompts) return prompts;
  context.addIssue(
    `expected a text, a list of texts, a list of token numbers, or a list of such lists, none empty, ${MOST_PROMPTS} at most`,
  );
  return z.NEVER;
});

/** OpenAI's: what stands for a prompt that nobody gave. */
const END_OF_TEXT: Prompts = { count: 1, numbers: null, text: () => "<|endoftext|>" };

const CompletionsBody = z.object({
  model: z.string().min(1),
  prompt: Prompts.nullish(),
  suffix: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: StreamOptions,
  // With none allowed and `echo`, a prompt's own likelihood is asked for.
  max_tokens: z.number().int().min(0).nullish(),
  max_completion_tokens: count.nullish(),
  n: choices,
  best_of: choices,
  echo: z.boolean().nullish(),
});

/** A block of Anthropic's content; the result of a tool has blocks of its own. */
const Block = z.object({
  type: z.string(),
  text: z.unknown().optional(),
  thinking: z.unknown().optional(),
  get content() {
    return z.union([z.string(), z.array(Block), z.unknown()]).optional();
  },
});
type Block = z.infer<typeof Block>;
const Blocks = z.union([z.string(), z.array(Block)]);

const CountedMessages = z.object({
  model: z.string().min(1),
  messages: z.array(z.object({ role: z.string(), content: Blocks })).min(1),
  system: Blocks.nullish(),
  tools: z.array(z.object({ type: z.string().nullish() })).nullish(),
});

const MessagesBody = CountedMessages.extend({ max_tokens: count, stream: z.boolean().nullish() });

/** Tokens of the instructions that come with tools (Anthropic, "Pricing", "Tool use": at most 735 for any model). */
const TOOL_FRAMING_TOKENS = 800;
const TEXT_BLOCKS = new Set(["text", "thinking", "redacted_thinking", "tool_use", "tool_result"]);
/** Headers that say how a message is to be understood. */
const ANTHROPIC_HEADERS = ["anthropic-version", "anthropic-beta"];

/** What providers give where `max_tokens` is not said: OpenAI's default, and vLLM's. */
const USUAL_COMPLETION_TOKENS = 16;

const EmbeddingsBody = z.object({
  model: z.string().min(1),
  input: Prompts,
  stream: z
    .boolean()
    .nullish()
    .refine((stream) => stream !== true, "embeddings are never streamed"),
});

/** Tokens that a chat format adds around a conversation (OpenAI cookbook, "How to count tokens"). */
export const CHAT_FRAMING_TOKENS = 3;

const TEXT_PARTS = new Set(["text", "refusal"]);

/** The name that an answer gives for the model that served it: the caller's own, unless that leaves open which it was. */
export function answeredModel(request: ModelRequest, served: Model): string {
  return request.routing?.namesServed ? qualifiedName(served) : request.model;
}

/**
 * Reads the body of a POST as JSON text, in which nothing that decides stands twice.
 * @throws GatewayError body_too_large, unsupported_media_type, invalid_json; invalid_body for a name that stands twice.
 */
export function readJson(incoming: Incoming, limit: number): JsonBody | Promise<JsonBody> {
  const type = incoming.header("content-type");
  if (type !== null && type !== "application/json" && !/^application\/(?:[\w.+-]*\+)?json\b/i.test(type)) {
    throw new GatewayError(
      "unsupported_media_type",
      `Content-Type '${cleanText(type, 60)}' is not supported; send application/json.`,
    );
  }
  const bytes = incoming.readBody(limit);
  return bytes instanceof Promise ? bytes.then(jsonIn) : jsonIn(bytes);
}

/** @throws GatewayError invalid_json, invalid_body. */
function jsonIn(bytes: Buffer): JsonBody {
  if (!isUtf8(bytes)) throw new GatewayError("invalid_json", "The request body is not valid UTF-8.");
  const text = bytes.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? cleanText(error.message, 120) : "it cannot be parsed";
    throw new GatewayError(
      "invalid_json",
      bytes.length === 0
        ? "The request body is empty; send a JSON object."
        : `The request body is not valid JSON: ${reason}`,
    );
  }
  const repeated = isObject(value) ? repeatedMember(text) : null;
  if (repeated !== null)
    throw new GatewayError("invalid_body", `Invalid '${repeated}': it stands twice in the request body.`, {
      param: repeated,
    });
  return { text, bytes: bytes.length, value };
}

/** What `read` makes of a body, at once where it is here already. */
export function fromJson<Read>(
  incoming: Incoming,
  limit: number,
  read: (json: JsonBody, incoming: Incoming) => Read,
): Read | Promise<Read> {
  const json = readJson(incoming, limit);
  return json instanceof Promise ? json.then((come) => read(come, incoming)) : read(json, incoming);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function largest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/**
 * Reads a chat/completions body. Fields that the pipeline does not know stay in the text and reach the provider.
 * @throws GatewayError invalid_body, naming the field, and what `readJson` throws.
 */
export function parseChat(incoming: Incoming, limit: number): ModelRequest | Promise<ModelRequest> {
  return fromJson(incoming, limit, chatRequest);
}

function chatRequest(sent: JsonBody): ModelRequest {
  const { json, routing } = takeRouting(sent);
  const { value } = json;
  const body: z.infer<typeof ChatBody> = isPlainChat(value, MOST_CHOICES) ? value : checked(ChatBody, value);
  const textOnly = body.messages.every(
    (message) => !Array.isArray(message.content) || message.content.every((part) => TEXT_PARTS.has(part.type)),
  );
  return {
    path: "chat/completions",
    dialect: "openai",
    headers: NO_HEADERS,
    text: json.text,
    body: json.value,
    mostPromptTokens: json.bytes,
    prompts: 1,
    model: body.model,
    routing,
    streamed: body.stream === true,
    wantsUsage: body.stream_options?.include_usage === true,
    maxTokens: largest(body.max_completion_tokens ?? null, body.max_tokens ?? null),
    usualMaxTokens: null,
    choices: body.n ?? 1,
    textOnly,
    ownKeyOnly: ownKeyOnlyIn({ body: json.value, headers: NO_HEADERS, textOnly }),
    promptText: () =>
      body.messages
        .flatMap((message) =>
          Array.isArray(message.content)
            ? message.content.map((part) => (typeof part.text === "string" ? part.text : ""))
            : [message.content ?? ""],
        )
        .join("\n"),
    tokensBesideText: CHAT_FRAMING_TOKENS,
    echoes: 0,
  };
}

function isTextBlock({ type, content }: Block): boolean {
  return TEXT_BLOCKS.has(type) && (!Array.isArray(content) || content.every(isTextBlock));
}

function textOfBlocks(blocks: z.infer<typeof Blocks>): string {
  if (typeof blocks === "string") return blocks;
  return blocks
    .map(({ text, thinking, content }) =>
      [text, thinking, typeof content === "string" || Array.isArray(content) ? textOfBlocks(content) : ""]
        .filter((part) => typeof part === "string")
        .join(""),
    )
    .join("\n");
}

/** Tools that the provider runs itself bring into the prompt what no body tells. */
function isClientTool({ type }: { type?: string | null | undefined }): boolean {
  return !type || type === "custom";
}

function requestOf(
  incoming: Incoming,
  json: JsonBody,
  body: z.infer<typeof CountedMessages>,
  asked: Pick<ModelRequest, "routing" | "streamed"> & { maxTokens: number },
): ModelRequest {
  const contents = [...(body.system ? [body.system] : []), ...body.messages.map(({ content }) => content)];
  const tools = body.tools ?? [];
  const headers: Record<string, string> = {};
  for (const name of ANTHROPIC_HEADERS) {
    const value = incoming.header(name);
    if (value !== null) headers[name] = value;
  }
  const textOnly =
    contents.every((content) => typeof content === "string" || content.every(isTextBlock)) && tools.every(isClientTool);
  return {
    path: "messages",
    dialect: "anthropic",
    headers,
    text: json.text,
    body: json.value,
    mostPromptTokens: json.bytes + (tools.length > 0 ? TOOL_FRAMING_TOKENS : 0),
    prompts: 1,
    model: body.model,
    routing: asked.routing,
    streamed: asked.streamed,
    // It always is a part of Anthropic's streams.
    wantsUsage: true,
    maxTokens: asked.maxTokens,
    usualMaxTokens: null,
    choices: 1,
    textOnly,
    ownKeyOnly: ownKeyOnlyIn({ body: json.value, headers, textOnly }),
    promptText: () => contents.map(textOfBlocks).join("\n"),
    tokensBesideText: CHAT_FRAMING_TOKENS,
    echoes: 0,
  };
}

/**
 * Reads a body of Anthropic's messages.
 * @throws GatewayError invalid_body, naming the field, and what `readJson` throws.
 */
export function parseMessages(incoming: Incoming, limit: number): ModelRequest | Promise<ModelRequest> {
  return fromJson(incoming, limit, messagesRequest);
}

function messagesRequest(sent: JsonBody, incoming: Incoming): ModelRequest {
  const { json, routing } = takeRouting(sent);
  const body = checked(MessagesBody, json.value);
  return requestOf(incoming, json, body, { routing, maxTokens: body.max_tokens, streamed: body.stream === true });
}

/**
 * Reads a body of Anthropic's messages whose tokens are to be counted.
 * @throws GatewayError invalid_body, naming the field, and what `readJson` throws.
 */
export function parseCountTokens(incoming: Incoming, limit: number): ModelRequest | Promise<ModelRequest> {
  return fromJson(incoming, limit, countTokensRequest);
}

function countTokensRequest(sent: JsonBody, incoming: Incoming): ModelRequest {
  const { json, routing } = takeRouting(sent);
  return requestOf(incoming, json, checked(CountedMessages, json.value), {
    routing,
    maxTokens: 0,
    streamed: false,
  });
}

/**
 * Reads a body of OpenAI's older completions. Every prompt makes choices of its own, and of `best_of` all are paid for.
 * @throws GatewayError invalid_body, naming the field, and what `readJson` throws.
 */
export function parseCompletions(incoming: Incoming, limit: number): ModelRequest | Promise<ModelRequest> {
  return fromJson(incoming, limit, completionsRequest);
}

function completionsRequest(sent: JsonBody): ModelRequest {
  const { json, routing } = takeRouting(sent);
  const body = checked(CompletionsBody, json.value);
  const prompts = body.prompt ?? END_OF_TEXT;
  const suffix = body.suffix ?? "";
  const wanted = body.n ?? 1;
  return {
    path: "completions",
    dialect: "openai",
    headers: NO_HEADERS,
    text: json.text,
    body: json.value,
    mostPromptTokens: prompts.numbers === null ? json.bytes : prompts.numbers + Buffer.byteLength(suffix),
    prompts: prompts.count,
    model: body.model,
    routing,
    streamed: body.stream === true,
    wantsUsage: body.stream_options?.include_usage === true,
    maxTokens: largest(body.max_completion_tokens ?? null, body.max_tokens ?? null),
    usualMaxTokens: USUAL_COMPLETION_TOKENS,
    choices: prompts.count * Math.max(wanted, body.best_of ?? 1),
    textOnly: true,
    ownKeyOnly: ownKeyOnlyIn({ body: json.value, headers: NO_HEADERS, textOnly: true }),
    promptText: () => prompts.text() + suffix,
    tokensBesideText: prompts.numbers ?? 0,
    echoes: body.echo === true ? wanted : 0,
  };
}

/**
 * Reads an embeddings body. Nothing is generated, so its answer has no tokens and no maximum.
 * @throws GatewayError invalid_body, naming the field, and what `readJson` throws.
 */
export function parseEmbeddings(incoming: Incoming, limit: number): ModelRequest | Promise<ModelRequest> {
  return fromJson(incoming, limit, embeddingsRequest);
}

function embeddingsRequest(sent: JsonBody): ModelRequest {
  const { json, routing } = takeRouting(sent);
  const { model, input } = checked(EmbeddingsBody, json.value);
  return {
    path: "embeddings",
    dialect: "openai",
    headers: NO_HEADERS,
    text: json.text,
    body: json.value,
    mostPromptTokens: input.numbers ?? json.bytes,
    prompts: input.count,
    model,
    routing,
    streamed: false,
    wantsUsage: false,
    maxTokens: 0,
    usualMaxTokens: null,
    choices: 1,
    textOnly: true,
    ownKeyOnly: ownKeyOnlyIn({ body: json.value, headers: NO_HEADERS, textOnly: true }),
    promptText: input.text,
    tokensBesideText: input.numbers ?? 0,
    echoes: 0,
  };
}
