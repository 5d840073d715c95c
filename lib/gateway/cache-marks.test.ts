import { expect, test } from "vitest";
import { asksForAnHour } from "@/lib/gateway/cache-marks";

const asks = (text: string) => asksForAnHour(text, JSON.parse(text));

test("a cache of an hour is seen wherever it is marked, however it is spelled", () => {
  for (const text of [
    '{"cache_control":{"type":"ephemeral","ttl":"1h"}}',
    '{"system":[{"type":"text","text":"x","cache_control":{"ttl":"\\u0031h"}}]}',
    '{"tools":[{"name":"f","cache_control":{"ttl":"1\\u0068"}}]}',
    '{"messages":[{"content":[{"type":"tool_result","content":[{"cache\\u005fcontrol":{"ttl":"1h"}}]}]}]}',
  ])
    expect([text, asks(text)]).toEqual([text, true]);
});

test("minutes, no mark, and the words alone are no hour", () => {
  for (const text of [
    "{}",
    '{"cache_control":{"type":"ephemeral"}}',
    '{"cache_control":{"type":"ephemeral","ttl":"5m"},"messages":[{"content":"1h"}]}',
    '{"messages":[{"content":"\\"cache_control\\":{\\"ttl\\":\\"1h\\"}"}]}',
    '{"ttl":"1h"}',
  ])
    expect([text, asks(text)]).toEqual([text, false]);
});
