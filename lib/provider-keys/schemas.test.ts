import { expect, test } from "vitest";
import { baseUrlSchema } from "@/lib/provider-keys/schemas";

test("a base URL loses its last slash; one with credentials, a query or another scheme is refused", () => {
  expect(baseUrlSchema.parse(" https://api.example.com/v1/ ")).toBe("https://api.example.com/v1");
  expect(baseUrlSchema.parse("")).toBeNull();
  for (const wrong of [
    "ftp://a.example",
    "https://u:p@a.example",
    "https://a.example?x=1",
    "https://a.example#x",
    "a.example",
  ]) {
    expect(baseUrlSchema.safeParse(wrong).success).toBe(false);
  }
});
