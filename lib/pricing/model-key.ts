import { type FoundModel, findModel } from "@/lib/catalog/find-model";
import { priceKey } from "@/lib/catalog/price-overrides";
import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";

/**
 * The key under which a model's override is kept, whichever of its names was used: snapshots and other spellings are the
 * model, for they cost the same.
 * @throws GatewayError invalid_fields where the name has no provider, or the provider no such model.
 */
export function modelKeyOf(name: string): string {
  const { model, provider } = found(name);
  if (provider !== null) return priceKey(provider, model);
  // `openai` is a provider and a vendor: where it serves no such model itself, its name in front says who made it.
  throw invalid(`'${cleanText(name, 100)}' does not name a provider that serves the model: provider:model`);
}

function found(name: string): FoundModel {
  try {
    return findModel(name);
  } catch (error) {
    if (error instanceof GatewayError && error.code === "model_not_found") throw invalid(error.message);
    throw error;
  }
}

function invalid(message: string): GatewayError {
  return new GatewayError("invalid_fields", message, {
    param: "model_key",
    metadata: { fields: { modelKey: message } },
  });
}
