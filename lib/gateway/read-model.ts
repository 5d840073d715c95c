import { findModel } from "@/lib/catalog/find-model";
import type { Model } from "@/lib/catalog/models";
import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { modelEntry } from "@/lib/gateway/list-models";
import type { Pools } from "@/lib/gateway/plan";
import type { Caller } from "@/lib/keys/caller";

const LONGEST_ECHO = 100;

function modelNamed(name: string): Model | null {
  try {
    return findModel(name).model;
  } catch (error) {
    if (error instanceof GatewayError && error.code === "model_not_found") return null;
    throw error;
  }
}

/**
 * The list's entry of one model, under any of its names.
 * @throws GatewayError not_found, also for a model that this caller may not call.
 */
export function readModel(caller: Caller, name: string, pools: Pools, address: string) {
  const model = modelNamed(name);
  const entry = model && modelEntry(caller, model, pools, address);
  if (entry) return entry;
  throw new GatewayError(
    "not_found",
    `Model '${cleanText(name, LONGEST_ECHO)}' not found. GET /api/v1/models lists what this key may call.`,
  );
}
