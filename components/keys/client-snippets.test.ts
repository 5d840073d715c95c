import { expect, test } from "vitest";
import { clientSnippets } from "@/components/keys/client-snippets";

const BASE = "https://gateway.example/api/v1";
const shown = clientSnippets({ baseUrl: BASE, apiKey: "tp_live_x", model: "gpt-5" });

test("every client is given the key, and its own form of the reader's address", () => {
  for (const { id, code } of shown) {
    expect(code, id).toContain("tp_live_x");
    const origin = /https:\/\/gateway\.example[^"\s]*/.exec(code)?.[0];
    const isAnthropic = id === "anthropic" || id === "claude-code";
    expect(origin?.replace("/chat/completions", ""), id).toBe(isAnthropic ? "https://gateway.example" : BASE);
  }
});

test("no two clients share an id, a name or what their copy button says", () => {
  for (const field of ["id", "label", "what"] as const)
    expect(new Set(shown.map((snippet) => snippet[field])).size).toBe(shown.length);
});
