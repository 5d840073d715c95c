import type { SharedV3ProviderMetadata } from "@ai-sdk/provider";
import { isRecord } from "@/lib/core/is-record";

function textOf(metadata: SharedV3ProviderMetadata | undefined, name: string): string | null {
  for (const values of Object.values(metadata ?? {})) {
    const value = values[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** What proves to its provider that it thought this itself. */
export function signatureOf(metadata: SharedV3ProviderMetadata | undefined): string | null {
  return textOf(metadata, "signature");
}

/** Thinking that only its provider can read. */
export function redactedDataOf(metadata: SharedV3ProviderMetadata | undefined): string | null {
  return textOf(metadata, "redactedData") ?? textOf(metadata, "redactedContent");
}

/** Why the model refused, in its own or its provider's words. */
export function refusalOf(metadata: SharedV3ProviderMetadata | undefined): string | null {
  const said = textOf(metadata, "refusal");
  if (said !== null) return said;
  const details = metadata?.anthropic?.stopDetails;
  return isRecord(details) && typeof details.explanation === "string" ? details.explanation : null;
}
