import { z } from "zod";
import { checked } from "@/lib/core/checked";
import { isRecord } from "@/lib/core/is-record";
import type { Incoming } from "@/lib/gateway/incoming";
import { neverPaid, type OwnKeyOnly, ownKeyOnlyInResponse } from "@/lib/gateway/own-key-only";
import { CHAT_FRAMING_TOKENS, count, fromJson, type ModelRequest } from "@/lib/gateway/parse";
import { type JsonBody, takeRouting } from "@/lib/gateway/routing";
import { NO_HEADERS } from "@/lib/providers/provider";

const NestedTool = z.looseObject({ type: z.string() });
const ResponsesTool = NestedTool.extend({ tools: z.array(NestedTool).nullish() });
type ResponsesTool = z.infer<typeof ResponsesTool>;

const Item = z.looseObject({
  type: z.string().nullish(),
  content: z.unknown().optional(),
  output: z.unknown().optional(),
  tools: z.array(ResponsesTool).nullish(),
});
type Item = z.infer<typeof Item>;

const ResponsesBody = z.looseObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(Item)], "expected a text or a list of items").nullish(),
  instructions: z.string().nullish(),
  max_output_tokens: count.nullish(),
  stream: z.boolean().nullish(),
  background: z
    .boolean()
    .nullish()
    .refine(
      (background) => background !== true,
      "what runs in the background cannot be metered; send false, or stream",
    ),
  tools: z.array(ResponsesTool).nullish(),
});
type ResponsesBody = z.infer<typeof ResponsesBody>;

/** Tools that the caller runs and that bring nothing into the prompt but what the body says of them. */
const CLIENT_TOOLS = new Set(["function", "custom"]);
/** Tools that the caller runs, whose instructions for the model are the provider's own. */
const INSTRUCTED_TOOLS = new Set(["computer", "computer_use_preview", "local_shell", "apply_patch"]);
/** Items whose text all stands in the body. Encrypted reasoning has fewer tokens than bytes. */
const TEXT_ITEMS = new Set([
  "reasoning",
  "function_call",
  "custom_tool_call",
  "local_shell_call",
  "local_shell_call_output",
  "shell_call",
  "shell_call_output",
  "apply_patch_call",
  "apply_patch_call_output",
]);
/** Items that bring into the prompt what the body does not tell; some bring tools. */
const WINDOW_ITEMS = new Set([
  "computer_call",
  "computer_call_output",
  "compaction",
  "tool_search_call",
  "tool_search_output",
  "additional_tools",
]);
/** Items whose content or output is a text or a list of parts. */
const ITEMS_OF_PARTS = new Set(["message", "function_call_output", "custom_tool_call_output"]);
const TEXT_ITEM_PARTS = new Set(["input_text", "output_text", "refusal"]);

/** Whether the caller runs a tool, so that its use costs tokens of the next request and nothing else. */
function isRunByCaller(tool: ResponsesTool): boolean {
  switch (tool.type) {
    case "namespace":
      return (tool.tools ?? []).every(({ type }) => CLIENT_TOOLS.has(type));
    case "shell":
      return memberOf(tool.environment, "type") === "local";
    case "tool_search":
      return tool.execution === "client";
    default:
      return CLIENT_TOOLS.has(tool.type) || INSTRUCTED_TOOLS.has(tool.type);
  }
}

function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function partsOfItem({ content, output }: Item): unknown[] {
  return [content, output].flatMap((value) => (Array.isArray(value) ? value : []));
}

function isTextItem(item: Item): boolean {
  const type = item.type ?? "message";
  if (!ITEMS_OF_PARTS.has(type)) return TEXT_ITEMS.has(type);
  return partsOfItem(item).every((part) => TEXT_ITEM_PARTS.has(String(memberOf(part, "type"))));
}

/** Why credits do not pay for an item; null: they do. */
function whyOwnKey(item: Item): OwnKeyOnly["reason"] | null {
  const type = item.type ?? "message";
  const isStored = [item.output, ...partsOfItem(item)].some((part) => memberOf(part, "file_id"));
  if (type === "item_reference" || isStored) return "account";
  if (type === "compaction_trigger" || !(item.tools ?? []).every(isRunByCaller)) return "work";
  return ITEMS_OF_PARTS.has(type) || TEXT_ITEMS.has(type) || WINDOW_ITEMS.has(type) ? null : "unknown";
}

/** The first tool and the first item that credits cannot pay for: without a bound, or in an account that all share. */
function ownItemsAndTools(body: ResponsesBody, items: readonly Item[]): OwnKeyOnly[] {
  const tool = (body.tools ?? []).findIndex((candidate) => !isRunByCaller(candidate));
  const reasons = items.map(whyOwnKey);
  const item = reasons.findIndex((reason) => reason !== null);
  const reason = reasons[item];
  return [
    ...(tool < 0 ? [] : [neverPaid(`tools[${tool}]`, "work")]),
    ...(reason ? [neverPaid(`input[${item}]`, reason)] : []),
  ];
}

function textOfItem(item: Item): string {
  const { content, output, arguments: args, input } = item;
  const texts = [content, output, args, input].filter((part) => typeof part === "string");
  return [...texts, ...partsOfItem(item).map((part) => memberOf(part, "text") ?? "")].join("");
}

/**
 * Reads a body of OpenAI's Responses API. What its provider adds to the prompt by itself (an earlier response, a tool's
 * instructions, an image) is not in the body, so the bound then is the context window.
 * @throws GatewayError invalid_body, naming the field, and what `readJson` throws.
 */
export function parseResponses(incoming: Incoming, limit: number): ModelRequest | Promise<ModelRequest> {
  return fromJson(incoming, limit, responsesRequest);
}

function responsesRequest(sent: JsonBody): ModelRequest {
  const { json, routing } = takeRouting(sent);
  const body = checked(ResponsesBody, json.value);
  const items = Array.isArray(body.input) ? body.input : [];
  const isText = items.every(isTextItem);
  const ownKeyOnly = ownKeyOnlyInResponse({ body: json.value, textOnly: isText }, ownItemsAndTools(body, items));
  return {
    path: "responses",
    dialect: "responses",
    headers: NO_HEADERS,
    text: json.text,
    body: json.value,
    mostPromptTokens: json.bytes,
    prompts: 1,
    model: body.model,
    routing,
    streamed: body.stream === true,
    // Its last event always tells it.
    wantsUsage: true,
    maxTokens: body.max_output_tokens ?? null,
    usualMaxTokens: null,
    choices: 1,
    textOnly:
      ownKeyOnly.length === 0 &&
      isText &&
      (body.tools ?? []).every(({ type }) => CLIENT_TOOLS.has(type) || type === "namespace"),
    ownKeyOnly,
    promptText: () =>
      [body.instructions ?? "", ...(typeof body.input === "string" ? [body.input] : items.map(textOfItem))].join("\n"),
    tokensBesideText: CHAT_FRAMING_TOKENS,
    echoes: 0,
  };
}
