import { isRecord } from "@/lib/core/is-record";

/** The object that a JSON text says; null where it is no JSON, or something else. */
export function jsonRecord(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
