import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { renderReadme } from "./readme";

function resultsOf(name: string) {
  const file = new URL(`./results/${name}.json`, import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
}

describe("renderReadme", () => {
  it("changes nothing in README: its figures are those of the committed results", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(renderReadme(readme, resultsOf("latest"), resultsOf("soak"))).toBe(readme);
  });

  it("replaces what stands between the marks and leaves the rest", () => {
    const rendered = renderReadme("a\n<!-- bench:table -->\nold\n<!-- /bench:table -->\nb\n", null, null);
    expect(rendered).toBe("a\n<!-- bench:table -->\n\n<!-- /bench:table -->\nb\n");
  });

  it("refuses a README without the marks", () => {
    expect(() => renderReadme("nothing", null, null)).toThrow("no marks");
  });
});
