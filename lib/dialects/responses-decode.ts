import type {
  JSONValue,
  LanguageModelV3CallOptions,
  LanguageModelV3FilePart,
  LanguageModelV3FunctionTool,
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV3ReasoningPart,
  LanguageModelV3TextPart,
  LanguageModelV3ToolCallPart,
  LanguageModelV3ToolChoice,
  LanguageModelV3ToolResultOutput,
  LanguageModelV3ToolResultPart,
} from "@ai-sdk/provider";
import { z } from "zod";
import { checked } from "@/lib/core/checked";
import { type DecodedCall, EFFORTS, JsonSchema, type Reasoning } from "@/lib/dialects/decoded-call";
import { imageAt, inlineFile, toolInput } from "@/lib/dialects/openai-content";
import { openedEnvelope } from "@/lib/dialects/reasoning-envelope";
import { refuseOthers, unacceptable, untranslatable } from "@/lib/dialects/untranslatable";

/** A part of any kind; which of its fields count depends on its type. */
const Part = z.looseObject({
  type: z.string(),
  text: z.string().nullish(),
  refusal: z.string().nullish(),
  image_url: z.string().nullish(),
  file_data: z.string().nullish(),
  filename: z.string().nullish(),
});
type Part = z.infer<typeof Part>;
const Content = z.union([z.string(), z.array(Part)], "expected a text or a list of parts");

const Item = z.looseObject({
  type: z.string().nullish(),
  role: z.string().nullish(),
  content: Content.nullish(),
  call_id: z.string().nullish(),
  name: z.string().nullish(),
  arguments: z.string().nullish(),
  output: Content.nullish(),
  summary: z.array(Part).nullish(),
  encrypted_content: z.string().nullish(),
});
type Item = z.infer<typeof Item>;

const Tool = z.looseObject({
  type: z.string(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  parameters: JsonSchema.nullish(),
  strict: z.boolean().nullish(),
});

const Choice = z.union([
  z.enum(["auto", "none", "required"]),
  z.looseObject({ type: z.string(), name: z.string().nullish() }),
]);

const Format = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text") }),
  z.looseObject({ type: z.literal("json_object") }),
  z.looseObject({
    type: z.literal("json_schema"),
    name: z.string().nullish(),
    description: z.string().nullish(),
    schema: JsonSchema,
  }),
]);

const ResponsesBody = z.looseObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(Item)], "expected a text or a list of items").nullish(),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  max_output_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  tools: z.array(Tool).nullish(),
  tool_choice: Choice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.looseObject({ format: Format.nullish(), verbosity: z.string().nullish() }).nullish(),
  reasoning: z.looseObject({ effort: z.enum(["none", ...EFFORTS]).nullish() }).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  metadata: z.unknown().optional(),
});
type ResponsesBody = z.infer<typeof ResponsesBody>;

/** Fields that say nothing about the answer: what is stored, OpenAI's tiers and cache, hosted tools, this gateway's routing. */
const HARMLESS = [
  ...["store", "service_tier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"],
  ...["stream_options", "max_tool_calls", "usage", "models", "provider"],
];

/** Values that ask for what happens anyway. */
const NO_REQUEST: Readonly<Record<string, (value: unknown) => boolean>> = {
  background: (value) => value === false,
  truncation: (value) => value === "disabled",
  top_logprobs: (value) => value === 0,
  include: (value) => Array.isArray(value) && !value.includes("message.output_text.logprobs"),
  context_management: (value) => Array.isArray(value) && value.length === 0,
};

const WHY: Readonly<Record<string, string>> = {
  previous_response_id: "its provider keeps no responses; send the conversation as input items.",
  conversation: "its provider keeps no conversations; send them as input items.",
  prompt: "its provider keeps no prompts; send instructions and input.",
  background: "it answers in the foreground only.",
  truncation: "it takes a conversation whole or not at all.",
  top_logprobs: "it gives no log probabilities.",
  include: "it gives no log probabilities.",
  context_management: "it does not shorten conversations.",
};

const BODY_FIELDS = new Set([...Object.keys(ResponsesBody.shape), ...HARMLESS, ...Object.keys(NO_REQUEST)]);
/** How OpenAI's own clients send an answer's items back: with their ids and states. */
const ITEM_FRAME = ["type", "id", "status"];
const ITEM_FIELDS = {
  message: new Set([...ITEM_FRAME, "role", "content", "phase"]),
  function_call: new Set([...ITEM_FRAME, "call_id", "name", "arguments"]),
  function_call_output: new Set([...ITEM_FRAME, "call_id", "output"]),
  reasoning: new Set([...ITEM_FRAME, "summary", "content", "encrypted_content"]),
} as const;
/** How closely to look is a hint; annotations and log probabilities repeat an answer. */
const PART_FIELDS = new Set([
  ...["type", "text", "refusal", "annotations", "logprobs"],
  ...["image_url", "detail", "file_data", "filename"],
]);
const TOOL_FIELDS = new Set(["type", "name", "description", "parameters", "strict"]);
const TEXT_FIELDS = new Set(["format", "verbosity"]);
/** A summary is given wherever the model tells its reasoning. */
const REASONING_FIELDS = new Set(["effort", "summary", "generate_summary"]);

function checkFields(body: ResponsesBody): void {
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined || value === null || NO_REQUEST[name]?.(value)) continue;
    const why = WHY[name];
    if (why !== undefined) throw untranslatable(name, why);
  }
  refuseOthers(body, "", BODY_FIELDS);
}

function isItemType(type: string): type is keyof typeof ITEM_FIELDS {
  return Object.hasOwn(ITEM_FIELDS, type);
}

/** Content as a list of parts: a string is one part of text. */
function partsOf(content: Item["content"]): readonly Part[] {
  return typeof content === "string" ? [{ type: "input_text", text: content }] : (content ?? []);
}

function said(part: Part, path: string): LanguageModelV3TextPart {
  const text = part.type === "refusal" ? part.refusal : part.text;
  if (typeof text !== "string")
    throw unacceptable(`${path}.${part.type === "refusal" ? "refusal" : "text"}`, "it must be a text.");
  return { type: "text", text };
}

function shownOrSaid(part: Part, path: string): LanguageModelV3TextPart | LanguageModelV3FilePart {
  refuseOthers(part, path, PART_FIELDS);
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "refusal":
      return said(part, path);
    case "input_image":
      if (!part.image_url) throw unacceptable(`${path}.image_url`, "it must be an http(s) address or base64 data.");
      return imageAt(part.image_url, `${path}.image_url`);
    case "input_file":
      return inlineFile(part.file_data, part.filename, path);
    default:
      throw untranslatable(`${path}.type`, "of content it takes texts, images and files only.");
  }
}

function textOf(content: Item["content"], path: string): LanguageModelV3TextPart[] {
  return partsOf(content)
    .map((part, at) => {
      const partPath = `${path}[${at}]`;
      refuseOthers(part, partPath, PART_FIELDS);
      if (!["input_text", "output_text", "refusal"].includes(part.type))
        throw untranslatable(`${partPath}.type`, "only the user shows images and files.");
      return said(part, partPath);
    })
    .filter(({ text }) => text !== "");
}

/** The summary, or the reasoning itself where a provider tells it, and what proves whose it is. */
function reasoningPart(item: Item): LanguageModelV3ReasoningPart {
  const parts = item.summary && item.summary.length > 0 ? item.summary : partsOf(item.content);
  const text = parts.map((part) => part.text ?? "").join("");
  const proof = item.encrypted_content ? openedEnvelope(item.encrypted_content) : null;
  return { type: "reasoning", text, ...(proof ? { providerOptions: proof } : {}) };
}

function toolOutput(item: Item, path: string): LanguageModelV3ToolResultOutput {
  const { output } = item;
  if (typeof output === "string") return { type: "text", value: output };
  const parts = partsOf(output).map((part, at) => shownOrSaid(part, `${path}.output[${at}]`));
  return {
    type: "content",
    value: parts.map((part) => {
      if (part.type === "text") return { type: "text", text: part.text };
      if (part.data instanceof URL) return { type: "image-url", url: part.data.toString() };
      const data = String(part.data);
      return part.mediaType.startsWith("image/")
        ? { type: "image-data", data, mediaType: part.mediaType }
        : { type: "file-data", data, mediaType: part.mediaType, ...(part.filename ? { filename: part.filename } : {}) };
    }),
  };
}

/** A prompt in the making: what the model and what its tools said in one turn is one message each. */
class PromptInItems {
  readonly messages: LanguageModelV3Message[] = [];
  readonly #toolNames = new Map<string, string>();

  add(item: Item, path: string): void {
    const kind = item.type ?? "message";
    if (!isItemType(kind))
      throw untranslatable(`${path}.type`, "only chats' items can: messages, reasoning, functions.");
    refuseOthers(item, path, ITEM_FIELDS[kind]);
    switch (kind) {
      case "message":
        this.#message(item, path);
        break;
      case "reasoning":
        this.#assistant(reasoningPart(item));
        break;
      case "function_call":
        this.#assistant(this.#call(item, path));
        break;
      case "function_call_output":
        this.#result(item, path);
        break;
      default:
        kind satisfies never;
    }
  }

  #message(item: Item, path: string): void {
    switch (item.role) {
      case "system":
      case "developer":
        for (const { text } of textOf(item.content, `${path}.content`))
          this.messages.push({ role: "system", content: text });
        break;
      case "user":
        this.messages.push({
          role: "user",
          content: partsOf(item.content).map((part, at) => shownOrSaid(part, `${path}.content[${at}]`)),
        });
        break;
      case "assistant":
        this.#assistant(...textOf(item.content, `${path}.content`));
        break;
      default:
        throw unacceptable(`${path}.role`, "it must be user, assistant, system or developer.");
    }
  }

  #assistant(...parts: (LanguageModelV3TextPart | LanguageModelV3ReasoningPart | LanguageModelV3ToolCallPart)[]): void {
    const last = this.messages.at(-1);
    if (last?.role === "assistant") last.content.push(...parts);
    else if (parts.length > 0) this.messages.push({ role: "assistant", content: parts });
  }

  #call(item: Item, path: string): LanguageModelV3ToolCallPart {
    const { call_id: id, name } = item;
    if (!id) throw unacceptable(`${path}.call_id`, "it must be a text.");
    if (!name) throw unacceptable(`${path}.name`, "it must be a text.");
    this.#toolNames.set(id, name);
    const input = toolInput(item.arguments ?? "", `${path}.arguments`);
    return { type: "tool-call", toolCallId: id, toolName: name, input };
  }

  #result(item: Item, path: string): void {
    const id = item.call_id ?? "";
    const toolName = this.#toolNames.get(id);
    if (toolName === undefined) throw unacceptable(`${path}.call_id`, "no earlier item made this call.");
    const result: LanguageModelV3ToolResultPart = {
      type: "tool-result",
      toolCallId: id,
      toolName,
      output: toolOutput(item, path),
    };
    const last = this.messages.at(-1);
    if (last?.role === "tool") last.content.push(result);
    else this.messages.push({ role: "tool", content: [result] });
  }
}

function promptOf({ instructions, input }: ResponsesBody): LanguageModelV3Prompt {
  const prompt = new PromptInItems();
  const items: readonly Item[] = typeof input === "string" ? [{ role: "user", content: input }] : (input ?? []);
  for (const [index, item] of items.entries()) prompt.add(item, `input[${index}]`);
  if (prompt.messages.length === 0) throw unacceptable("input", "it is empty.");
  return [...(instructions ? [{ role: "system" as const, content: instructions }] : []), ...prompt.messages];
}

function toolOf(tool: z.infer<typeof Tool>, index: number): LanguageModelV3FunctionTool {
  const path = `tools[${index}]`;
  if (tool.type !== "function") throw untranslatable(`${path}.type`, "of tools it takes functions only.");
  refuseOthers(tool, path, TOOL_FIELDS);
  if (!tool.name) throw unacceptable(`${path}.name`, "it must be a text.");
  return {
    type: "function",
    name: tool.name,
    ...(tool.description ? { description: tool.description } : {}),
    inputSchema: tool.parameters ?? { type: "object", properties: {} },
    ...(tool.strict ? { strict: true } : {}),
  };
}

function toolChoiceOf(choice: ResponsesBody["tool_choice"]): LanguageModelV3ToolChoice | undefined {
  if (!choice) return undefined;
  if (typeof choice === "string") return { type: choice };
  if (choice.type !== "function" || !choice.name)
    throw untranslatable("tool_choice", "it can be auto, none, required or one function.");
  return { type: "tool", toolName: choice.name };
}

function formatOf(text: ResponsesBody["text"]): LanguageModelV3CallOptions["responseFormat"] {
  if (text) refuseOthers(text, "text", TEXT_FIELDS);
  if (text?.verbosity && text.verbosity !== "medium")
    throw untranslatable("text.verbosity", "it has no such setting; say it in the instructions.");
  const format = text?.format;
  if (!format || format.type === "text") return undefined;
  if (format.type === "json_object") return { type: "json" };
  const { name, description, schema } = format;
  return { type: "json", schema, ...(name ? { name } : {}), ...(description ? { description } : {}) };
}

function reasoningOf({ reasoning }: ResponsesBody): Reasoning | null {
  if (!reasoning) return null;
  refuseOthers(reasoning, "reasoning", REASONING_FIELDS);
  if (!reasoning.effort) return null;
  return reasoning.effort === "none" ? { kind: "off" } : { kind: "effort", effort: reasoning.effort };
}

/** What a response says again of its request, with OpenAI's defaults. Nothing is stored here. */
function repeatedOf(body: ResponsesBody): Readonly<Record<string, unknown>> {
  return {
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
    store: false,
    temperature: body.temperature ?? 1,
    text: { ...body.text, format: body.text?.format ?? { type: "text" } },
    tool_choice: body.tool_choice ?? "auto",
    tools: body.tools ?? [],
    top_p: body.top_p ?? 1,
    truncation: "disabled",
    user: body.user ?? null,
  };
}

/**
 * Reads a body of OpenAI's Responses API for a provider that has chats or Anthropic's messages. Nothing that could change
 * the answer is left out.
 * @throws GatewayError invalid_body, naming the field that is wrong; Untranslatable for what is no chat.
 */
export function decodeResponses(value: unknown): DecodedCall {
  const body = checked(ResponsesBody, value);
  checkFields(body);
  const tools = (body.tools ?? []).map(toolOf);
  const oneByOne = tools.length > 0 && body.parallel_tool_calls === false;
  const user = body.safety_identifier ?? body.user;
  const anthropic: Record<string, JSONValue> = {
    ...(oneByOne ? { disableParallelToolUse: true } : {}),
    ...(user ? { metadata: { userId: user } } : {}),
  };
  return {
    options: {
      prompt: promptOf(body),
      maxOutputTokens: body.max_output_tokens ?? undefined,
      temperature: body.temperature ?? undefined,
      topP: body.top_p ?? undefined,
      tools: tools.length > 0 ? tools : undefined,
      toolChoice: tools.length > 0 ? toolChoiceOf(body.tool_choice) : undefined,
      responseFormat: formatOf(body.text),
      providerOptions: {
        ...(Object.keys(anthropic).length > 0 ? { anthropic } : {}),
        ...(oneByOne ? { openaiCompatible: { parallel_tool_calls: false } } : {}),
      },
    },
    streamed: body.stream === true,
    wantsUsage: true,
    reasoning: reasoningOf(body),
    repeated: repeatedOf(body),
  };
}
