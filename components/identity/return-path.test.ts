import { describe, expect, it } from "vitest";
import { returnPath } from "@/components/identity/return-path";

describe("the path after signing in", () => {
  it("is a path of this site as asked", () => {
    expect(returnPath("/dashboard/prj_1/logs?status=error#top")).toBe("/dashboard/prj_1/logs?status=error#top");
  });

  it.each([
    undefined,
    "",
    "dashboard",
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "/\t/evil.example",
  ])("never leaves this site: %j", (wanted) => {
    expect(returnPath(wanted)).toBe("/dashboard");
  });
});
