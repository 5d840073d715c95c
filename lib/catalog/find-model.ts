import { distance } from "fastest-levenshtein";
import { MODELS, type Model } from "@/lib/catalog/models";
import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { PROVIDER_IDS, type ProviderId } from "@/lib/providers/provider";

export interface FoundModel {
  model: Model;
  /** Set where the name said which provider is to serve. */
  provider: ProviderId | null;
}

const BY_NAME = new Map(MODELS.map((model) => [model.name, model]));
const VENDORS = new Set(MODELS.map((model) => model.vendor));
const LONGEST_NAME = 200;

/** Names as callers write them: `openai/gpt-4o-mini`, `simulator/echo`. */
export function qualifiedName(model: Model): string {
  return `${model.vendor}/${model.name}`;
}

function isProvider(text: string): text is ProviderId {
  return PROVIDER_IDS.some((id) => id === text);
}

function near(name: string): string[] {
  return MODELS.map(qualifiedName)
    .map((candidate) => ({
      candidate,
      distance: Math.min(distance(name, candidate), distance(name, candidate.slice(candidate.indexOf("/") + 1))),
    }))
    .filter((entry) => entry.distance <= Math.max(3, name.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map((entry) => entry.candidate);
}

/**
 * The model that a caller's name means: `gpt-4o-mini`, `openai/gpt-4o-mini` and `openai:gpt-4o-mini` are the same. The
 * first `/` or `:` splits, once, when what stands before it is a provider or a vendor.
 * @throws GatewayError model_not_found, with up to three near names.
 */
export function findModel(name: string): FoundModel {
  if (name.length <= LONGEST_NAME) {
    const bare = BY_NAME.get(name);
    if (bare) return { model: bare, provider: null };
    const split = name.search(/[/:]/);
    if (split > 0) {
      const before = name.slice(0, split);
      const model = BY_NAME.get(name.slice(split + 1));
      if (model && isProvider(before) && model.offers.some((offer) => offer.provider === before))
        return { model, provider: before };
      if (model && VENDORS.has(before) && model.vendor === before) return { model, provider: null };
    }
  }
  const names = name.length <= LONGEST_NAME ? near(name) : [];
  const advice =
    names.length > 0 ? ` Did you mean ${names.join(", ")}?` : " GET /api/v1/models lists what this key may call.";
  throw new GatewayError("model_not_found", `Model '${cleanText(name, 100)}' not found.${advice}`, {
    param: "model",
    metadata: { near: names },
  });
}
