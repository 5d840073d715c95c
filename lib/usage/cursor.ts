import { GatewayError } from "@/lib/core/errors";
import type { Position } from "@/lib/usage/store";

const CURSOR = /^(\d{1,15})\.([A-Za-z0-9_]{1,64})$/;

/** A place in the log as text that can stand in an address: `<ms since 1970>.<request id>`. */
export function toCursor({ createdAt, id }: Position): string {
  return `${createdAt.getTime()}.${id}`;
}

/**
 * Reads what `toCursor` wrote.
 * @throws GatewayError invalid_fields.
 */
export function fromCursor(text: string): Position {
  const [, time, id] = CURSOR.exec(text) ?? [];
  const createdAt = new Date(Number(time));
  if (id && !Number.isNaN(createdAt.getTime())) return { createdAt, id };
  throw new GatewayError("invalid_fields", "The page address is damaged; start from the newest request", {
    param: "before",
  });
}
