import { expect, test } from "vitest";
import { addProviderKeySchema, baseUrlSchema } from "@/lib/provider-keys/schemas";

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

test("a key is empty or has eight visible characters at least; whether it may be empty is its provider's to say", () => {
  const parse = (key: string) => addProviderKeySchema.safeParse({ projectId: "prj_1", provider: "vllm", key });
  expect(parse("  ").data).toMatchObject({ key: "", baseUrl: null });
  expect(parse(" 12345678 ").data).toMatchObject({ key: "12345678" });
  for (const wrong of ["1234567", "1234 5678", "12345678\r\nx", "schlüssel", "x".repeat(4_001)])
    expect(parse(wrong).success, wrong).toBe(false);
});
