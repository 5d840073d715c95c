import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { costOf } from "@/lib/catalog/price";
import { DIALECTS } from "@/lib/gateway/dialect";
import type { CallerDialect } from "@/lib/gateway/endpoints";
import { usageOf } from "@/lib/gateway/meter";
import type { Tapped } from "@/lib/gateway/tap";
import { modelRequest } from "@/lib/testing/model-request";

const price = findModel("claude-sonnet-4-5").model.offers[0]?.price;

const tokens = fc.oneof(fc.nat(2_000), fc.nat(1_000_000));
const counts = fc.record({ prompt: tokens, cached: tokens, written: tokens, completion: tokens, reasoning: tokens });
type Counts = typeof counts extends fc.Arbitrary<infer Value> ? Value : never;
const pieces = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 20 });

interface Answers {
  whole: (text: string, usage: Counts | null) => Record<string, unknown>;
  events: (pieces: readonly string[], usage: Counts | null) => Record<string, unknown>[];
}

function openAiUsage({ prompt, cached, written, completion, reasoning }: Counts) {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function anthropicUsage({ prompt, cached, written, completion, reasoning }: Counts) {
  return {
    input_tokens: prompt,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: written,
    output_tokens: completion,
    output_tokens_details: { thinking_tokens: reasoning },
  };
}

function response(text: string, usage: Counts | null) {
  return {
    object: "response",
    status: "completed",
    output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text }] }],
    ...(usage && {
      usage: {
        input_tokens: usage.prompt,
        input_tokens_details: { cached_tokens: usage.cached },
        output_tokens: usage.completion,
        output_tokens_details: { reasoning_tokens: usage.reasoning },
      },
    }),
  };
}

/** The same answer, whole and streamed, as a provider of each dialect gives it. */
const ANSWERS: Readonly<Record<CallerDialect, Answers>> = {
  openai: {
    whole: (content, usage) => ({
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
      ...(usage ? { usage: openAiUsage(usage) } : {}),
    }),
    events: (parts, usage) => [
      { choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] },
      ...parts.map((content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
      { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      ...(usage ? [{ choices: [], usage: openAiUsage(usage) }] : []),
    ],
  },
  anthropic: {
    whole: (text, usage) => ({
      type: "message",
      content: [{ type: "text", text }],
      stop_reason: "end_turn",
      ...(usage ? { usage: anthropicUsage(usage) } : {}),
    }),
    events: (parts, usage) => [
      {
        type: "message_start",
        message: { content: [], ...(usage ? { usage: { ...anthropicUsage(usage), output_tokens: 1 } } : {}) },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      ...parts.map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn" },
        ...(usage ? { usage: { output_tokens: usage.completion } } : {}),
      },
      { type: "message_stop" },
    ],
  },
  responses: {
    whole: response,
    events: (parts, usage) => [
      { type: "response.created", response: { object: "response", status: "in_progress", output: [] } },
      ...parts.map((delta) => ({ type: "response.output_text.delta", output_index: 0, content_index: 0, delta })),
      { type: "response.completed", response: response(parts.join(""), usage) },
    ],
  },
};

async function costAs(dialect: CallerDialect, tapped: Tapped): Promise<bigint> {
  if (!price) throw new Error("nobody sells it");
  const request = modelRequest({ dialect, promptText: () => "Hello there, how are you today?" });
  return costOf(await usageOf(request, tapped), price);
}

describe.each(["openai", "anthropic", "responses"] as const)("an answer in %s's dialect", (dialect) => {
  test("costs the same streamed and whole, for whatever usage is reported or none", async () => {
    await fc.assert(
      fc.asyncProperty(fc.option(counts), pieces, async (usage, parts) => {
        const whole = DIALECTS[dialect].tapWhole(ANSWERS[dialect].whole(parts.join(""), usage));
        const stream = DIALECTS[dialect].tapStream();
        for (const event of ANSWERS[dialect].events(parts, usage)) stream.event(JSON.stringify(event));
        expect(await costAs(dialect, stream.result())).toBe(await costAs(dialect, whole));
      }),
    );
  });
});
