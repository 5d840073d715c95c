import { describe, expect, it } from "vitest";
import { snippets } from "@/components/keys/snippets";
import { highlight } from "@/components/ui/highlight";

describe("coloured code", () => {
  it.each(snippets({ baseUrl: "https://gateway.example/api/v1", apiKey: "tp_live_x", model: "simulator/echo" }))(
    "leaves every character of the $label snippet where it was",
    ({ code, language }) => {
      const text = highlight(code, language)
        .map((piece) => piece.text)
        .join("");
      expect(text).toBe(code);
    },
  );

  it("tells strings, keywords and names apart", () => {
    expect(highlight('const a: string = "b"; // c', "typescript").filter(({ tone }) => tone !== "plain")).toEqual([
      { text: "const", tone: "keyword" },
      { text: "a", tone: "name" },
      { text: "string", tone: "name" },
      { text: '"b"', tone: "string" },
      { text: "// c", tone: "comment" },
    ]);
  });
});
