import { GatewayError } from "@/lib/core/errors";

/**
 * Refuses an expiry that has passed: in a form, a key that never works is a mistake.
 * @throws GatewayError invalid_fields.
 */
export function refuseExpired(expiresAt: Date | null | undefined, now = new Date()): void {
  if (!expiresAt || expiresAt > now) return;
  const message = "The expiry must be in the future";
  throw new GatewayError("invalid_fields", message, {
    param: "expires_at",
    metadata: { fields: { expiresAt: message } },
  });
}
