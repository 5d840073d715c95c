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
} from "@ai-sdk/provider";
import { z } from "zod";
import { checked } from "@/lib/core/checked";
import { isRecord } from "@/lib/core/is-record";
import {
  CacheControl,
  cacheMark,
  type DecodedCall,
  EFFORTS,
  JsonSchema,
  partsOf,
  type Reasoning,
} from "@/lib/dialects/decoded-call";
import { imageAt, inlineFile, toolInput } from "@/lib/dialects/openai-content";
import { refuseOthers, unacceptable, untranslatable } from "@/lib/dialects/untranslatable";

const Text = z.looseObject({ type: z.literal("text"), text: z.string(), cache_control: CacheControl.nullish() });
const Refusal = z.looseObject({ type: z.literal("refusal"), refusal: z.string() });
const Image = z.looseObject({
  type: z.literal("image_url"),
  image_url: z.looseObject({ url: z.string() }),
  cache_control: CacheControl.nullish(),
});
const File = z.looseObject({
  type: z.literal("file"),
  file: z.looseObject({ file_data: z.string().nullish(), filename: z.string().nullish() }),
  cache_control: CacheControl.nullish(),
});
const Audio = z.looseObject({ type: z.literal("input_audio") });

const ToolCall = z.looseObject({
  id: z.string().min(1),
  type: z.string().nullish(),
  function: z.looseObject({ name: z.string().min(1), arguments: z.string() }).optional(),
});

/** OpenRouter's form of reasoning that can be handed back; a signed block is only good whole. */
const ReasoningDetail = z.looseObject({
  type: z.string(),
  text: z.string().nullish(),
  signature: z.string().nullish(),
  data: z.string().nullish(),
});

const System = z.looseObject({ content: partsOf(Text) });
const Message = z.discriminatedUnion("role", [
  System.extend({ role: z.literal("system") }),
  System.extend({ role: z.literal("developer") }),
  z.looseObject({
    role: z.literal("user"),
    content: partsOf(z.discriminatedUnion("type", [Text, Image, File, Audio])),
  }),
  z.looseObject({
    role: z.literal("assistant"),
    content: partsOf(z.discriminatedUnion("type", [Text, Refusal])).nullish(),
    refusal: z.string().nullish(),
    reasoning_content: z.string().nullish(),
    reasoning: z.string().nullish(),
    reasoning_details: z.array(ReasoningDetail).nullish(),
    tool_calls: z.array(ToolCall).nullish(),
  }),
  z.looseObject({
    role: z.literal("tool"),
    tool_call_id: z.string(),
    content: partsOf(z.discriminatedUnion("type", [Text, Image])),
  }),
  z.looseObject({ role: z.literal("function") }),
]);
type Message = z.infer<typeof Message>;

const Tool = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string().min(1),
      description: z.string().nullish(),
      parameters: JsonSchema.nullish(),
      strict: z.boolean().nullish(),
    })
    .optional(),
  cache_control: CacheControl.nullish(),
});

const Choice = z.union([
  z.enum(["auto", "none", "required"]),
  z.looseObject({ type: z.string(), function: z.looseObject({ name: z.string() }).optional() }),
]);

const Format = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text") }),
  z.looseObject({ type: z.literal("json_object") }),
  z.looseObject({
    type: z.literal("json_schema"),
    json_schema: z.looseObject({
      name: z.string().nullish(),
      description: z.string().nullish(),
      schema: JsonSchema.nullish(),
    }),
  }),
]);

const Effort = z.enum(["none", ...EFFORTS]);
const count = z.number().int().min(1);

const ChatBody = z.looseObject({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: count.nullish(),
  max_completion_tokens: count.nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  presence_penalty: z.number().nullish(),
  seed: z.number().int().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  tools: z.array(Tool).nullish(),
  tool_choice: Choice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: Format.nullish(),
  reasoning_effort: Effort.nullish(),
  reasoning: z.looseObject({ effort: Effort.nullish(), max_tokens: count.nullish() }).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
});
type ChatBody = z.infer<typeof ChatBody>;

/** Fields that say nothing about the answer: the caller's own books, OpenAI's tiers and cache, this gateway's routing. */
const HARMLESS = [
  "metadata",
  "store",
  "service_tier",
  "prompt_cache_key",
  "prompt_cache_retention",
  "usage",
  "models",
  "provider",
];

/** Values that ask for what happens anyway. */
const NO_REQUEST: Readonly<Record<string, (value: unknown) => boolean>> = {
  n: (value) => value === 1,
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  logit_bias: (value) => isRecord(value) && Object.keys(value).length === 0,
  modalities: (value) => Array.isArray(value) && value.every((modality) => modality === "text"),
  verbosity: (value) => value === "medium",
};

const WHY: Readonly<Record<string, string>> = {
  n: "it gives one choice at a time; send the request several times.",
  logprobs: "it gives no log probabilities.",
  top_logprobs: "it gives no log probabilities.",
  functions: "send 'tools' instead.",
  function_call: "send 'tool_choice' instead.",
  audio: "it neither hears nor speaks.",
  modalities: "it answers in text only.",
  prediction: "it takes no predicted output.",
  web_search_options: "it has no such search.",
};

const BODY_FIELDS = new Set([...Object.keys(ChatBody.shape), ...HARMLESS]);
const MESSAGE_FIELDS: Readonly<Record<Message["role"], ReadonlySet<string>>> = {
  system: new Set(["role", "content"]),
  developer: new Set(["role", "content"]),
  user: new Set(["role", "content"]),
  // What OpenAI's own clients send back of an answer, annotations and parsed JSON, repeats its text.
  assistant: new Set([
    ...["role", "content", "refusal", "tool_calls", "annotations", "parsed"],
    ...["reasoning_content", "reasoning", "reasoning_details"],
  ]),
  // The function's name is that of the call.
  tool: new Set(["role", "content", "tool_call_id", "name"]),
  function: new Set(["role", "name", "content"]),
};
const PART_FIELDS = new Set(["type", "text", "refusal", "image_url", "file", "input_audio", "cache_control"]);
/** How closely to look is a hint; others look as closely as they do. */
const IMAGE_FIELDS = new Set(["url", "detail"]);
const TOOL_FIELDS = new Set(["type", "function", "cache_control"]);
const FUNCTION_FIELDS = new Set(["name", "description", "parameters", "strict"]);
const REASONING_FIELDS = new Set(["effort", "max_tokens", "exclude"]);

function checkFields(body: ChatBody): void {
  for (const [name, isNoRequest] of Object.entries(NO_REQUEST)) {
    const value = body[name];
    if (value === undefined || value === null || isNoRequest(value)) continue;
    throw untranslatable(name, WHY[name] ?? "its provider's API has no such field.");
  }
  for (const [name, why] of Object.entries(WHY)) {
    if (!Object.hasOwn(NO_REQUEST, name) && body[name] !== undefined && body[name] !== null)
      throw untranslatable(name, why);
  }
  refuseOthers(body, "", new Set([...BODY_FIELDS, ...Object.keys(NO_REQUEST)]));
}

function imagePart(part: z.infer<typeof Image>, path: string): LanguageModelV3FilePart {
  return { ...imageAt(part.image_url.url, `${path}.image_url.url`), ...cacheMark(part.cache_control) };
}

function filePart(part: z.infer<typeof File>, path: string): LanguageModelV3FilePart {
  const { file_data: data, filename } = part.file;
  return { ...inlineFile(data, filename, `${path}.file`), ...cacheMark(part.cache_control) };
}

function textPart(part: z.infer<typeof Text>): LanguageModelV3TextPart {
  return { type: "text", text: part.text, ...cacheMark(part.cache_control) };
}

function reasoningParts(message: Extract<Message, { role: "assistant" }>): LanguageModelV3ReasoningPart[] {
  const details = (message.reasoning_details ?? []).flatMap((detail): LanguageModelV3ReasoningPart[] => {
    if (detail.type === "reasoning.encrypted" && detail.data)
      return [{ type: "reasoning", text: "", providerOptions: { anthropic: { redactedData: detail.data } } }];
    if (detail.type !== "reasoning.text") return [];
    const signed = detail.signature ? { providerOptions: { anthropic: { signature: detail.signature } } } : {};
    return [{ type: "reasoning", text: detail.text ?? "", ...signed }];
  });
  if (details.length > 0) return details;
  const text = message.reasoning_content ?? message.reasoning ?? "";
  return text === "" ? [] : [{ type: "reasoning", text }];
}

function toolResult(message: Extract<Message, { role: "tool" }>, path: string): LanguageModelV3ToolResultOutput {
  const parts = message.content;
  if (parts.every((part) => part.type === "text"))
    return { type: "text", value: parts.map((part) => part.text).join("") };
  return {
    type: "content",
    value: parts.map((part, index) => {
      if (part.type === "text") return { type: "text", text: part.text };
      const image = imagePart(part, `${path}.content[${index}]`);
      return image.data instanceof URL
        ? { type: "image-url", url: image.data.toString() }
        : { type: "image-data", data: String(image.data), mediaType: image.mediaType };
    }),
  };
}

function checkParts(message: Message, path: string): void {
  refuseOthers(message, path, MESSAGE_FIELDS[message.role]);
  if (message.role === "function" || !message.content) return;
  for (const [index, part] of message.content.entries()) {
    refuseOthers(part, `${path}.content[${index}]`, PART_FIELDS);
    if (part.type === "image_url") refuseOthers(part.image_url, `${path}.content[${index}].image_url`, IMAGE_FIELDS);
  }
}

function promptOf(messages: readonly Message[]): LanguageModelV3Prompt {
  const toolNames = new Map<string, string>();
  return messages.flatMap((message, index): LanguageModelV3Message[] => {
    const path = `messages[${index}]`;
    checkParts(message, path);
    switch (message.role) {
      case "system":
      case "developer":
        return message.content
          .filter((part) => part.text !== "")
          .map((part) => ({ role: "system", content: part.text, ...cacheMark(part.cache_control) }));
      case "user":
        return [
          {
            role: "user",
            content: message.content.map((part, at) => {
              const partPath = `${path}.content[${at}]`;
              if (part.type === "text") return textPart(part);
              if (part.type === "image_url") return imagePart(part, partPath);
              if (part.type === "file") return filePart(part, partPath);
              throw untranslatable(`${partPath}.input_audio`, "it does not hear.");
            }),
          },
        ];
      case "assistant": {
        const texts = (message.content ?? []).map((part) =>
          part.type === "text" ? textPart(part) : textPart({ type: "text", text: part.refusal }),
        );
        if (message.refusal) texts.push({ type: "text", text: message.refusal });
        const calls = (message.tool_calls ?? []).map((call, at): LanguageModelV3ToolCallPart => {
          const callPath = `${path}.tool_calls[${at}]`;
          if (!call.function) throw untranslatable(`${callPath}.type`, "of tools it takes functions only.");
          toolNames.set(call.id, call.function.name);
          return {
            type: "tool-call",
            toolCallId: call.id,
            toolName: call.function.name,
            input: toolInput(call.function.arguments, `${callPath}.function.arguments`),
          };
        });
        return [
          {
            role: "assistant",
            content: [...reasoningParts(message), ...texts.filter(({ text }) => text !== ""), ...calls],
          },
        ];
      }
      case "tool": {
        const toolName = toolNames.get(message.tool_call_id);
        if (toolName === undefined) throw unacceptable(`${path}.tool_call_id`, "no earlier message made this call.");
        const mark = message.content.findLast((part) => part.cache_control)?.cache_control;
        return [
          {
            role: "tool",
            content: [
              {
                type: "tool-result",
                toolCallId: message.tool_call_id,
                toolName,
                output: toolResult(message, path),
                ...cacheMark(mark),
              },
            ],
          },
        ];
      }
      case "function":
        throw untranslatable(`${path}.role`, "messages of functions are obsolete; send tools and tool calls.");
      default:
        return message satisfies never;
    }
  });
}

function toolOf(tool: z.infer<typeof Tool>, index: number): LanguageModelV3FunctionTool {
  const path = `tools[${index}]`;
  if (tool.type !== "function" || !tool.function)
    throw untranslatable(`${path}.type`, "of tools it takes functions only.");
  refuseOthers(tool, path, TOOL_FIELDS);
  refuseOthers(tool.function, `${path}.function`, FUNCTION_FIELDS);
  const { name, description, parameters, strict } = tool.function;
  return {
    type: "function",
    name,
    ...(description ? { description } : {}),
    inputSchema: parameters ?? { type: "object", properties: {} },
    ...(strict ? { strict } : {}),
    ...cacheMark(tool.cache_control),
  };
}

function toolChoiceOf(choice: ChatBody["tool_choice"]): LanguageModelV3ToolChoice | undefined {
  if (!choice) return undefined;
  if (typeof choice === "string") return { type: choice };
  if (choice.type !== "function" || !choice.function)
    throw untranslatable("tool_choice", "it can be auto, none, required or one function.");
  return { type: "tool", toolName: choice.function.name };
}

function formatOf(format: ChatBody["response_format"]): LanguageModelV3CallOptions["responseFormat"] {
  if (!format || format.type === "text") return undefined;
  if (format.type === "json_object") return { type: "json" };
  const { name, description, schema } = format.json_schema;
  return {
    type: "json",
    ...(schema ? { schema } : {}),
    ...(name ? { name } : {}),
    ...(description ? { description } : {}),
  };
}

function reasoningOf(body: ChatBody): Reasoning | null {
  if (body.reasoning) refuseOthers(body.reasoning, "reasoning", REASONING_FIELDS);
  const effort = body.reasoning_effort ?? body.reasoning?.effort;
  if (effort) return effort === "none" ? { kind: "off" } : { kind: "effort", effort };
  return body.reasoning?.max_tokens ? { kind: "budget", tokens: body.reasoning.max_tokens } : null;
}

/** A penalty of nothing is none. */
function penaltyOf(value: number | null | undefined): number | undefined {
  return value ? value : undefined;
}

/**
 * Reads a body of OpenAI's chat/completions for a provider of another dialect. Nothing that could change the answer is
 * left out.
 * @throws GatewayError invalid_body, naming the field that is wrong or cannot be translated.
 */
export function decodeOpenAiChat(value: unknown): DecodedCall {
  const body = checked(ChatBody, value);
  checkFields(body);
  const maxima = [body.max_completion_tokens, body.max_tokens].filter((most) => typeof most === "number");
  const stop = typeof body.stop === "string" ? [body.stop] : (body.stop ?? []);
  const tools = (body.tools ?? []).map(toolOf);
  const user = body.safety_identifier ?? body.user;
  const anthropic: Record<string, JSONValue> = {
    ...(body.parallel_tool_calls === false ? { disableParallelToolUse: true } : {}),
    ...(user ? { metadata: { userId: user } } : {}),
  };
  return {
    options: {
      prompt: promptOf(body.messages),
      maxOutputTokens: maxima.length > 0 ? Math.max(...maxima) : undefined,
      temperature: body.temperature ?? undefined,
      topP: body.top_p ?? undefined,
      frequencyPenalty: penaltyOf(body.frequency_penalty),
      presencePenalty: penaltyOf(body.presence_penalty),
      seed: body.seed ?? undefined,
      stopSequences: stop.length > 0 ? stop : undefined,
      tools: tools.length > 0 ? tools : undefined,
      toolChoice: tools.length > 0 ? toolChoiceOf(body.tool_choice) : undefined,
      responseFormat: formatOf(body.response_format),
      providerOptions: Object.keys(anthropic).length > 0 ? { anthropic } : undefined,
    },
    streamed: body.stream === true,
    wantsUsage: body.stream_options?.include_usage === true,
    reasoning: reasoningOf(body),
  };
}
