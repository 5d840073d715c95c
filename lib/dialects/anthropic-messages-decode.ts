import type {
  JSONValue,
  LanguageModelV3CallOptions,
  LanguageModelV3FilePart,
  LanguageModelV3FunctionTool,
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV3TextPart,
  LanguageModelV3ToolChoice,
  LanguageModelV3ToolResultOutput,
  LanguageModelV3ToolResultPart,
} from "@ai-sdk/provider";
import { z } from "zod";
import { checked } from "@/lib/core/checked";
import type { GatewayError } from "@/lib/core/errors";
import { isRecord } from "@/lib/core/is-record";
import { cleanText } from "@/lib/core/text";
import {
  CacheControl,
  cacheMark,
  type DecodedCall,
  EFFORTS,
  JsonSchema,
  partsOf,
  type Reasoning,
  webUrl,
} from "@/lib/dialects/decoded-call";
import { refuseOthers, unacceptable, untranslatable } from "@/lib/dialects/untranslatable";

const cached = { cache_control: CacheControl.nullish() };
const Text = z.looseObject({ type: z.literal("text"), text: z.string(), ...cached });
const Base64 = z.looseObject({ type: z.literal("base64"), media_type: z.string(), data: z.string() });
const Url = z.looseObject({ type: z.literal("url"), url: z.string() });
const UploadedFile = z.looseObject({ type: z.literal("file") });
const Image = z.looseObject({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [Base64, Url, UploadedFile]),
  ...cached,
});
const Document = z.looseObject({
  type: z.literal("document"),
  source: z.discriminatedUnion("type", [
    Base64,
    Url,
    UploadedFile,
    z.looseObject({ type: z.literal("text"), data: z.string() }),
    z.looseObject({ type: z.literal("content"), content: partsOf(z.discriminatedUnion("type", [Text, Image])) }),
  ]),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: z.looseObject({ enabled: z.boolean().nullish() }).nullish(),
  ...cached,
});
type Document = z.infer<typeof Document>;

const ToolResult = z.looseObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: partsOf(z.discriminatedUnion("type", [Text, Image, Document])).nullish(),
  is_error: z.boolean().nullish(),
  ...cached,
});
type ToolResult = z.infer<typeof ToolResult>;

/** Blocks of Anthropic's own tools and files, read as what they are called, so that they can be named. */
const Other = z.object({ type: z.literal("other"), name: z.string() });

function blockOf<Options extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]]>(
  known: readonly string[],
  options: Options,
) {
  return z.preprocess(
    (block) =>
      isRecord(block) && typeof block.type === "string" && !known.includes(block.type)
        ? { type: "other", name: block.type }
        : block,
    z.discriminatedUnion("type", options),
  );
}

const UserBlock = blockOf(["text", "image", "document", "tool_result"], [Text, Image, Document, ToolResult, Other]);
const AssistantBlock = blockOf(
  ["text", "tool_use", "thinking", "redacted_thinking"],
  [
    Text,
    z.looseObject({
      type: z.literal("tool_use"),
      id: z.string().min(1),
      name: z.string().min(1),
      input: z.record(z.string(), z.unknown()),
      ...cached,
    }),
    z.looseObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string().nullish() }),
    z.looseObject({ type: z.literal("redacted_thinking"), data: z.string() }),
    Other,
  ],
);

const Message = z.discriminatedUnion("role", [
  z.looseObject({ role: z.literal("system"), content: partsOf(Text) }),
  z.looseObject({ role: z.literal("user"), content: partsOf(UserBlock) }),
  z.looseObject({ role: z.literal("assistant"), content: partsOf(AssistantBlock) }),
]);
type Message = z.infer<typeof Message>;

const Tool = z.looseObject({
  type: z.string().nullish(),
  name: z.string().min(1),
  description: z.string().nullish(),
  input_schema: JsonSchema.optional(),
  strict: z.boolean().nullish(),
  ...cached,
});

const parallel = { disable_parallel_tool_use: z.boolean().nullish() };
const Choice = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("auto"), ...parallel }),
  z.looseObject({ type: z.literal("any"), ...parallel }),
  z.looseObject({ type: z.literal("none"), ...parallel }),
  z.looseObject({ type: z.literal("tool"), name: z.string(), ...parallel }),
]);

const Thinking = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("enabled"), budget_tokens: z.number().int().min(1) }),
  z.looseObject({ type: z.literal("adaptive") }),
  z.looseObject({ type: z.literal("disabled") }),
]);

const Format = z.looseObject({ type: z.literal("json_schema"), schema: JsonSchema });

const MessagesBody = z.looseObject({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  max_tokens: z.number().int().min(1),
  system: partsOf(Text).nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.number().int().nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  tools: z.array(Tool).nullish(),
  tool_choice: Choice.nullish(),
  thinking: Thinking.nullish(),
  output_config: z.looseObject({ effort: z.enum(EFFORTS).nullish(), format: Format.nullish() }).nullish(),
  output_format: Format.nullish(),
  context_management: z.looseObject({ edits: z.array(z.looseObject({ type: z.string() })).nullish() }).nullish(),
});
type MessagesBody = z.infer<typeof MessagesBody>;

/**
 * Fields that say nothing about the answer: who asks (Anthropic's ids are longer than others take), tiers, and marks for
 * a cache that other providers keep by themselves.
 */
const HARMLESS = ["metadata", "service_tier", "cache_control"];

/** Values that ask for what happens anyway. */
const NO_REQUEST: Readonly<Record<string, (value: unknown) => boolean>> = {
  mcp_servers: (value) => Array.isArray(value) && value.length === 0,
  speed: (value) => value === "standard",
};

const BODY_FIELDS = new Set([...Object.keys(MessagesBody.shape), ...HARMLESS, ...Object.keys(NO_REQUEST)]);
/** How a tool's input is streamed is the provider's own affair. */
const TOOL_FIELDS = new Set([
  ...["type", "name", "description", "input_schema", "strict", "cache_control", "eager_input_streaming"],
  ...["defer_loading", "allowed_callers"],
]);
const OUTPUT_FIELDS = new Set(["effort", "format"]);
const MESSAGE_FIELDS = new Set(["role", "content"]);
/** A text's citations and a call's caller tell of earlier answers what their text does not need. */
const BLOCK_FIELDS = new Set([
  ...["type", "text", "source", "title", "context", "citations", "cache_control", "thinking", "signature", "data"],
  ...["id", "name", "input", "caller", "tool_use_id", "content", "is_error"],
]);
/** Edits that only take thinking out of the history, which goes to no other provider anyway. */
const HARMLESS_EDITS = new Set(["clear_thinking_20251015"]);

function checkFields(body: MessagesBody): void {
  for (const [name, isNoRequest] of Object.entries(NO_REQUEST)) {
    const value = body[name];
    if (value !== undefined && value !== null && !isNoRequest(value))
      throw untranslatable(name, "only Anthropic's own API has it.");
  }
  refuseOthers(body, "", BODY_FIELDS);
  if (body.output_config) refuseOthers(body.output_config, "output_config", OUTPUT_FIELDS);
  const edits = body.context_management?.edits ?? [];
  const edit = edits.findIndex(({ type }) => !HARMLESS_EDITS.has(type));
  if (edit !== -1)
    throw untranslatable(`context_management.edits[${edit}]`, "only Anthropic's own API edits the context.");
}

const NO_FILES = "uploaded files are only with Anthropic; send the data or an address.";

function imagePart(image: z.infer<typeof Image>, path: string): LanguageModelV3FilePart {
  const { source } = image;
  if (source.type === "file") throw untranslatable(`${path}.source`, NO_FILES);
  const mark = cacheMark(image.cache_control);
  if (source.type === "base64") {
    const mediaType = source.media_type.toLowerCase();
    if (!mediaType.startsWith("image/")) throw unacceptable(`${path}.source.media_type`, "it is no image.");
    return { type: "file", mediaType, data: source.data, ...mark };
  }
  const address = webUrl(source.url);
  if (!address) throw unacceptable(`${path}.source.url`, "it must be an http(s) address.");
  return { type: "file", mediaType: "image/*", data: address, ...mark };
}

function textPart(part: z.infer<typeof Text>): LanguageModelV3TextPart {
  return { type: "text", text: part.text, ...cacheMark(part.cache_control) };
}

/** A document's title and context stand before it, where a dialect has no place for them. */
function documentParts(document: Document, path: string): (LanguageModelV3TextPart | LanguageModelV3FilePart)[] {
  const { source, title, context } = document;
  if (document.citations?.enabled) throw untranslatable(`${path}.citations`, "only Anthropic's models cite.");
  if (source.type === "file") throw untranslatable(`${path}.source`, NO_FILES);
  const mark = cacheMark(document.cache_control);
  const before = [context, source.type === "base64" ? null : title].filter((text) => typeof text === "string");
  const head = before.map((text): LanguageModelV3TextPart => ({ type: "text", text }));
  switch (source.type) {
    case "text":
      return [...head, { type: "text", text: source.data, ...mark }];
    case "content":
      return [
        ...head,
        ...source.content.map((part, index) =>
          part.type === "text" ? textPart(part) : imagePart(part, `${path}.source.content[${index}]`),
        ),
      ];
    case "base64":
      if (source.media_type !== "application/pdf")
        throw untranslatable(`${path}.source.media_type`, "of documents it takes PDF and text.");
      return [
        ...head,
        {
          type: "file",
          mediaType: "application/pdf",
          data: source.data,
          ...(title ? { filename: /\.pdf$/i.test(title) ? title : `${title}.pdf` } : {}),
          ...mark,
        },
      ];
    case "url":
      throw untranslatable(`${path}.source`, "it fetches no documents; send the document's data.");
    default:
      return source satisfies never;
  }
}

type ContentItem = Extract<LanguageModelV3ToolResultOutput, { type: "content" }>["value"][number];

function toolOutput(result: ToolResult, path: string): LanguageModelV3ToolResultOutput {
  const parts = (result.content ?? []).flatMap((part, index): (LanguageModelV3TextPart | LanguageModelV3FilePart)[] => {
    const partPath = `${path}.content[${index}]`;
    if (part.type === "text") return [{ type: "text", text: part.text }];
    return part.type === "image" ? [imagePart(part, partPath)] : documentParts(part, partPath);
  });
  const texts = parts.filter((part) => part.type === "text");
  if (texts.length === parts.length)
    return { type: result.is_error ? "error-text" : "text", value: texts.map(({ text }) => text).join("\n") };
  const value = parts.map((part): ContentItem => {
    if (part.type === "text") return { type: "text", text: part.text };
    if (part.data instanceof URL) return { type: "image-url", url: part.data.toString() };
    const media = { data: String(part.data), mediaType: part.mediaType };
    if (part.mediaType.startsWith("image/")) return { type: "image-data", ...media };
    return { type: "file-data", ...media, ...(part.filename ? { filename: part.filename } : {}) };
  });
  // Content beside text has no mark for an error; a word before it says the same.
  return { type: "content", value: result.is_error ? [{ type: "text", text: "Error:" }, ...value] : value };
}

function userMessages(
  blocks: Extract<Message, { role: "user" }>["content"],
  path: string,
  toolNames: ReadonlyMap<string, string>,
): LanguageModelV3Message[] {
  const results: LanguageModelV3ToolResultPart[] = [];
  const content: (LanguageModelV3TextPart | LanguageModelV3FilePart)[] = [];
  for (const [index, block] of blocks.entries()) {
    const blockPath = `${path}.content[${index}]`;
    switch (block.type) {
      case "tool_result": {
        const toolName = toolNames.get(block.tool_use_id);
        if (toolName === undefined)
          throw unacceptable(`${blockPath}.tool_use_id`, "no earlier message made this call.");
        results.push({
          type: "tool-result",
          toolCallId: block.tool_use_id,
          toolName,
          output: toolOutput(block, blockPath),
          ...cacheMark(block.cache_control),
        });
        break;
      }
      case "text":
        content.push(textPart(block));
        break;
      case "image":
        content.push(imagePart(block, blockPath));
        break;
      case "document":
        content.push(...documentParts(block, blockPath));
        break;
      case "other":
        throw onlyAnthropic(blockPath, block.name);
      default:
        block satisfies never;
    }
  }
  // Anthropic wants results first in a message, so nothing is turned round by that.
  const messages: LanguageModelV3Message[] = [];
  if (results.length > 0) messages.push({ role: "tool", content: results });
  if (content.length > 0 || results.length === 0) messages.push({ role: "user", content });
  return messages;
}

function onlyAnthropic(path: string, type: string): GatewayError {
  return untranslatable(`${path}.type`, `only Anthropic has blocks of type ${cleanText(type, 40)}.`);
}

type AssistantPart = Extract<LanguageModelV3Message, { role: "assistant" }>["content"][number];

function assistantPart(
  block: Extract<Message, { role: "assistant" }>["content"][number],
  path: string,
): AssistantPart | null {
  switch (block.type) {
    case "text":
      return block.text === "" ? null : textPart(block);
    case "tool_use":
      return {
        type: "tool-call",
        toolCallId: block.id,
        toolName: block.name,
        input: block.input,
        ...cacheMark(block.cache_control),
      };
    case "thinking": {
      const signed = block.signature ? { providerOptions: { anthropic: { signature: block.signature } } } : {};
      return { type: "reasoning", text: block.thinking, ...signed };
    }
    case "redacted_thinking":
      return { type: "reasoning", text: "", providerOptions: { anthropic: { redactedData: block.data } } };
    case "other":
      throw onlyAnthropic(path, block.name);
    default:
      return block satisfies never;
  }
}

function promptOf(body: MessagesBody): LanguageModelV3Prompt {
  const toolNames = new Map<string, string>();
  const system = (blocks: readonly z.infer<typeof Text>[]): LanguageModelV3Message[] =>
    blocks
      .filter(({ text }) => text !== "")
      .map((block) => ({ role: "system", content: block.text, ...cacheMark(block.cache_control) }));
  const messages = body.messages.flatMap((message, index): LanguageModelV3Message[] => {
    const path = `messages[${index}]`;
    refuseOthers(message, path, MESSAGE_FIELDS);
    for (const [at, block] of message.content.entries()) refuseOthers(block, `${path}.content[${at}]`, BLOCK_FIELDS);
    switch (message.role) {
      case "system":
        return system(message.content);
      case "user":
        return userMessages(message.content, path, toolNames);
      case "assistant": {
        const content = message.content.flatMap((block, at) => {
          if (block.type === "tool_use") toolNames.set(block.id, block.name);
          return assistantPart(block, `${path}.content[${at}]`) ?? [];
        });
        return content.length > 0 ? [{ role: "assistant", content }] : [];
      }
      default:
        return message satisfies never;
    }
  });
  return [...system(body.system ?? []), ...messages];
}

function toolOf(tool: z.infer<typeof Tool>, index: number): LanguageModelV3FunctionTool {
  const path = `tools[${index}]`;
  if (tool.type && tool.type !== "custom")
    throw untranslatable(`${path}.type`, `only Anthropic has the tool ${cleanText(tool.type, 40)}.`);
  refuseOthers(tool, path, TOOL_FIELDS);
  if (tool.defer_loading === true)
    throw untranslatable(`${path}.defer_loading`, "only Anthropic's own API searches among tools.");
  const callers = tool.allowed_callers;
  if (Array.isArray(callers) && callers.some((caller) => caller !== "direct"))
    throw untranslatable(`${path}.allowed_callers`, "only Anthropic's own API calls tools from code.");
  return {
    type: "function",
    name: tool.name,
    ...(tool.description ? { description: tool.description } : {}),
    inputSchema: tool.input_schema ?? { type: "object", properties: {} },
    ...(tool.strict ? { strict: true } : {}),
    ...cacheMark(tool.cache_control),
  };
}

const TOOL_CHOICES = { auto: "auto", any: "required", none: "none" } as const;

function toolChoiceOf(choice: z.infer<typeof Choice>): LanguageModelV3ToolChoice {
  return choice.type === "tool" ? { type: "tool", toolName: choice.name } : { type: TOOL_CHOICES[choice.type] };
}

function reasoningOf(body: MessagesBody): Reasoning | null {
  const effort = body.output_config?.effort;
  if (body.thinking?.type === "disabled") return { kind: "off" };
  if (effort) return { kind: "effort", effort };
  if (!body.thinking) return null;
  return { kind: "budget", tokens: body.thinking.type === "enabled" ? body.thinking.budget_tokens : null };
}

function formatOf(body: MessagesBody): LanguageModelV3CallOptions["responseFormat"] {
  const format = body.output_config?.format ?? body.output_format;
  return format ? { type: "json", schema: format.schema } : undefined;
}

/**
 * Reads a body of Anthropic's messages for a provider of another dialect. Nothing that could change the answer is left
 * out.
 * @throws GatewayError invalid_body, naming the field that is wrong or cannot be translated.
 */
export function decodeAnthropicMessages(value: unknown): DecodedCall {
  const body = checked(MessagesBody, value);
  checkFields(body);
  const tools = (body.tools ?? []).map(toolOf);
  const oneByOne = tools.length > 0 && body.tool_choice?.disable_parallel_tool_use === true;
  const openaiCompatible: Record<string, JSONValue> = oneByOne ? { parallel_tool_calls: false } : {};
  const stop = body.stop_sequences ?? [];
  return {
    options: {
      prompt: promptOf(body),
      maxOutputTokens: body.max_tokens,
      temperature: body.temperature ?? undefined,
      topP: body.top_p ?? undefined,
      topK: body.top_k ?? undefined,
      stopSequences: stop.length > 0 ? stop : undefined,
      tools: tools.length > 0 ? tools : undefined,
      toolChoice: tools.length > 0 && body.tool_choice ? toolChoiceOf(body.tool_choice) : undefined,
      responseFormat: formatOf(body),
      providerOptions: oneByOne ? { openaiCompatible } : undefined,
    },
    streamed: body.stream === true,
    wantsUsage: true,
    reasoning: reasoningOf(body),
  };
}
