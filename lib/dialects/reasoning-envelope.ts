import type { SharedV3ProviderMetadata, SharedV3ProviderOptions } from "@ai-sdk/provider";
import { redactedDataOf, signatureOf } from "@/lib/dialects/provider-metadata";

/**
 * Anthropic's proof of its thinking, or the thinking that only it can read, as the `encrypted_content` of an item of the
 * Responses API: the caller hands it back as it came.
 */
const SIGNED = "anthropic.signature.";
const REDACTED = "anthropic.redacted.";

/** What goes out; null where there is nothing to hand back. */
export function envelopeOf(metadata: SharedV3ProviderMetadata | undefined): string | null {
  const data = redactedDataOf(metadata);
  if (data !== null) return REDACTED + data;
  const signature = signatureOf(metadata);
  return signature === null ? null : SIGNED + signature;
}

/** What came back; null for another provider's, which this one could not read. */
export function openedEnvelope(text: string): SharedV3ProviderOptions | null {
  if (text.startsWith(SIGNED)) return { anthropic: { signature: text.slice(SIGNED.length) } };
  if (text.startsWith(REDACTED)) return { anthropic: { redactedData: text.slice(REDACTED.length) } };
  return null;
}
