import { expect, test } from "vitest";
import { retryAfterMs } from "@/lib/gateway/retry-after";

const NOW = Date.parse("2026-01-01T00:00:00Z");

test.each<[string | undefined, number | null]>([
  ["0", 0],
  ["7", 7_000],
  ["1.5", 1_500],
  ["Thu, 01 Jan 2026 00:00:20 GMT", 20_000],
  ["Thursday, 01-Jan-26 00:00:20 GMT", 20_000],
  ["Wed, 31 Dec 2025 23:59:59 GMT", 0],
  [undefined, null],
  ["", null],
  ["soon", null],
  ["-1", null],
  ["1e3", null],
  ["2026-01-01", null],
  ["1.5.7", null],
  ["1\r\nset-cookie: a=b", null],
])("a Retry-After of %j asks to wait %j ms", (value, ms) => {
  expect(retryAfterMs(value, NOW)).toBe(ms);
});
