import { isRecord } from "@/lib/core/is-record";

/** `1h` in a JSON text, or what may spell it. */
const MAY_SAY_HOUR = ["1h", "\\u0031", "\\u0068"];

function marksHour(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(marksHour);
  if (!isRecord(value)) return false;
  if (isRecord(value.cache_control) && value.cache_control.ttl === "1h") return true;
  return Object.values(value).some(marksHour);
}

/**
 * Whether a body asks that part of its prompt be cached for an hour (Anthropic, "Prompt caching": `cache_control` with
 * `ttl` 1h). `body` is what `text` says; it is looked through only where its text makes that possible.
 */
export function asksForAnHour(text: string, body: unknown): boolean {
  return MAY_SAY_HOUR.some((part) => text.includes(part)) && marksHour(body);
}
