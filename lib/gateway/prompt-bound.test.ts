import fc from "fast-check";
import { countTokens as cl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as o200k } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import { type Incoming, incomingFromWeb } from "@/lib/gateway/incoming";
import { type ModelRequest, parseChat, parseCompletions, parseEmbeddings, parseMessages } from "@/lib/gateway/parse";
import { promptBoundOf } from "@/lib/gateway/plan";

/** A window that no text of these tests fills. */
const WINDOW = 10_000_000;
const LIMIT = 10_000_000;

const between = (first: number, last: number) =>
  fc.integer({ min: first, max: last }).map((code) => String.fromCodePoint(code));
const words = (unit: fc.Arbitrary<string>) => fc.string({ unit, maxLength: 120 });

/** Scripts and other text in which a token may stand for few bytes. */
const TEXTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  Latin: words(fc.oneof(between(0x20, 0x7e), between(0xc0, 0x24f))),
  Cyrillic: words(between(0x400, 0x4ff)),
  Chinese: words(between(0x4e00, 0x9fff)),
  Japanese: words(fc.oneof(between(0x3040, 0x30ff), between(0x4e00, 0x9fff))),
  Korean: words(between(0xac00, 0xd7a3)),
  Arabic: words(fc.oneof(between(0x600, 0x6ff), fc.constant(" "))),
  Devanagari: words(fc.oneof(between(0x900, 0x97f), fc.constant(" "))),
  "emoji joined by zero-width joiners": words(
    fc.constantFrom("👩‍👩‍👧‍👦", "🏳️‍🌈", "👨🏽‍🚀", "❤️‍🔥", "😀", "\u200d", "\ufe0f"),
  ),
  code: words(fc.constantFrom("{", "}", "();", "\n", "\t", "    ", "=>", "const ", "/*", "#!", "\\", '"', "0x")),
  "control characters": words(between(0, 0x1f)),
  "private and unassigned characters": words(fc.oneof(between(0xe000, 0xf8ff), between(0xe0000, 0xe0fff))),
  "the names of special tokens": words(fc.constantFrom("<|endoftext|>", "<|im_start|>", "<|", "|>", "<|fim_prefix|>")),
  "lone surrogates": words(fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code))),
  "a long run of one character": fc
    .tuple(fc.constantFrom("a", " ", "\n", "0", "漢", "😀", "ا", "\u0000", "="), fc.integer({ min: 1, max: 600 }))
    .map(([character, times]) => character.repeat(times)),
};

/** The most that either encoding counts, names of special tokens read as text too. */
function tokensIn(text: string): number {
  const asText = { disallowedSpecial: new Set<string>() };
  return Math.max(o200k(text, asText), cl100k(text, asText));
}

function post(body: unknown): Incoming {
  const init = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return incomingFromWeb(new Request("http://localhost/v1/x", init), "");
}

/** Each way in that takes text. */
const READERS: Readonly<Record<string, (text: string) => ModelRequest | Promise<ModelRequest>>> = {
  "chat/completions": (text) =>
    parseChat(post({ model: "m", messages: [{ role: "user", content: [{ type: "text", text }] }] }), LIMIT),
  messages: (text) =>
    parseMessages(
      post({ model: "m", max_tokens: 9, system: text, messages: [{ role: "user", content: text }] }),
      LIMIT,
    ),
  completions: (text) => parseCompletions(post({ model: "m", prompt: [text, text] }), LIMIT),
  embeddings: (text) => parseEmbeddings(post({ model: "m", input: [`.${text}`, `.${text}`] }), LIMIT),
};

describe.each(Object.entries(TEXTS))("of a text of %s", (_, texts) => {
  test.each(Object.entries(READERS))(
    "the bound of a prompt to %s is never below a tokenizer's count",
    async (_, read) => {
      await fc.assert(
        fc.asyncProperty(texts, async (text) => {
          const request = await read(text);
          expect(promptBoundOf(request, WINDOW)).toBeGreaterThanOrEqual(
            tokensIn(request.promptText()) + request.tokensBesideText,
          );
        }),
        { numRuns: 60 },
      );
    },
  );
});
