import { describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { OWN_KEY_MEMBERS, ownKeyOnlyIn, payable } from "@/lib/gateway/own-key-only";
import { repeatedMember } from "@/lib/gateway/repeated-member";

type Way = Parameters<typeof payable>[0][0];

const MINI = findModel("gpt-4o-mini").model;

function way(billedTo: Way["billedTo"], changes: Partial<Way> = {}): Way {
  return { model: MINI, contextWindow: 200_000, price: { input: 1n, output: 1n }, billedTo, ...changes };
}

const left = <W extends Way>(ways: readonly [W, ...W[]], body: unknown, textOnly: boolean, headers = {}) =>
  payable(ways, ownKeyOnlyIn({ body, textOnly, headers }));

const CREDITS = way("credits");
const OWN = way("provider_key");

const refusal = (field: string) =>
  expect.objectContaining({
    code: "invalid_body",
    status: 400,
    options: expect.objectContaining({ param: field }),
    message: expect.stringContaining(`Invalid '${field}'`),
  });

/** A body that asks for something a provider charges for beyond its tokens, by the member that does. */
const DEARER: readonly [string, unknown][] = [
  ["service_tier", "priority"],
  ["service_tier", "ultrafast"],
  ["speed", "fast"],
  ["inference_geo", "us"],
  ["web_search_options", {}],
  ["modalities", ["text", "audio"]],
  ["modalities", ["image", "text"]],
  ["audio", { voice: "alloy", format: "wav" }],
  ["prediction", { type: "content", content: "as it was" }],
  ["tools", [{ type: "web_search_20250305", name: "web_search" }]],
  ["tools", [{ type: "custom", name: "mine" }, { type: "code_execution_20250825" }]],
  ["tools", [{ type: "browser_search" }]],
  ["tools", [{ type: 7 }]],
  ["search_type", "pro"],
  ["search_parameters", { mode: "auto" }],
  ["plugins", [{ id: "web" }]],
  ["preset", "mine"],
  ["compound_custom", { tools: { enabled_tools: ["web_search"] } }],
  ["data_sources", [{ type: "azure_search" }]],
  ["mcp_servers", [{ type: "url", url: "https://mcp.test" }]],
  ["container", { skills: [] }],
  ["context_management", { edits: [{ type: "compact_20260112" }] }],
  ["fallbacks", "default"],
];

const PLAIN: readonly [string, unknown][] = [
  ["service_tier", "auto"],
  ["service_tier", "default"],
  ["service_tier", "flex"],
  ["service_tier", "standard_only"],
  ["service_tier", null],
  ["speed", "standard"],
  ["inference_geo", "global"],
  ["web_search_options", null],
  ["modalities", ["text"]],
  ["audio", null],
  ["tools", [{ type: "function", function: { name: "f" } }, { name: "anthropic's own form" }, { type: "custom" }]],
  ["tools", [{ type: "text_editor_20250728" }, { type: "bash_20250124" }, { type: "memory_20250818" }]],
  ["tools", "no list at all"],
  ["search_parameters", { mode: "off" }],
  ["plugins", []],
  ["mcp_servers", []],
  ["context_management", { edits: [{ type: "clear_tool_uses_20250919" }] }],
  ["temperature", 1],
];

describe("what a provider charges for beyond the tokens", () => {
  test.each(DEARER)("is refused where credits pay, and names the field: %s %j", (field, value) => {
    expect(() => left([CREDITS], { [field]: value }, true)).toThrow(refusal(field));
  });

  test.each(DEARER)("passes with a key of the customer's own, and with a test key: %s %j", (field, value) => {
    for (const ways of [[OWN], [way("none")]] as const) expect(left(ways, { [field]: value }, true)).toBe(ways);
  });

  test("leaves the own keys of a plan that has both", () => {
    expect(left([CREDITS, OWN, CREDITS], { service_tier: "priority" }, true)).toEqual([OWN]);
  });

  test.each(PLAIN)("is not in what costs what its tokens cost: %s %j", (field, value) => {
    const ways = [CREDITS, OWN] as const;
    expect(left(ways, { [field]: value, model: "m" }, true)).toBe(ways);
  });

  test("is Perplexity's search where the price of a request has it in it, but not its dearer kind", () => {
    const sonar = way("credits", { price: { input: 1n, output: 1n, request: 12n } });
    const ways = [sonar] as const;
    expect(left(ways, { web_search_options: { search_context_size: "high" } }, true)).toBe(ways);
    expect(() => left(ways, { web_search_options: { search_type: "pro" } }, true)).toThrow(
      refusal("web_search_options.search_type"),
    );
  });

  test("is sound and film at models whose price they do not share", () => {
    const hears = findModel("gemini-2.5-pro").model;
    const audio = { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } };
    const body = (...content: unknown[]) => ({ messages: [{ role: "user", content }] });
    const heard = [way("credits", { model: hears })] as const;
    expect(left(heard, body(audio), false)).toBe(heard);
    for (const part of [
      audio,
      { type: "video_url", video_url: { url: "https://films.test/1" } },
      { type: "image_url", image_url: { url: "data:AUDIO/wav;base64,UklGRg==" } },
      { type: "file", file: { file_data: "data:audio/mp3;base64,UklGRg==" } },
      { type: "tool_result", content: [audio] },
    ])
      expect(() => left([CREDITS], body(part), false)).toThrow(refusal("messages"));
    const seen = [CREDITS] as const;
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,UklGRg==" } };
    expect(left(seen, body(image), false)).toBe(seen);
  });

  test("is a longer window than the bound knows, which Anthropic opens by a header", () => {
    const headers = { "anthropic-beta": "files-api-2025-04-14, context-1m-2025-08-07" };
    expect(() => left([CREDITS], {}, true, headers)).toThrow(refusal("anthropic-beta"));
    for (const ways of [[OWN], [way("credits", { contextWindow: 1_000_000 })]] as const)
      expect(left(ways, {}, true, headers)).toBe(ways);
    const plain = [CREDITS] as const;
    expect(left(plain, {}, true, { "anthropic-beta": "files-api-2025-04-14" })).toBe(plain);
  });

  test("is not looked for in a body that is no object", () => {
    const ways = [CREDITS] as const;
    for (const body of [null, "service_tier", [{ service_tier: "priority" }]])
      expect(left(ways, body, true)).toBe(ways);
  });
});

test("what may cost more may not stand twice, since a provider may read the other one", () => {
  for (const name of OWN_KEY_MEMBERS)
    expect(repeatedMember(`{"${name}":"priority","model":"m","${name}":null}`)).toBe(name);
});
