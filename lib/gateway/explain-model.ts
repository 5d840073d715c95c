import { z } from "zod";
import { findModel } from "@/lib/catalog/find-model";
import { GatewayError } from "@/lib/core/errors";
import { askedOf } from "@/lib/gateway/obey-rules";
import { endpointsCalling } from "@/lib/gateway/plan";
import { AUTO } from "@/lib/gateway/routing";
import type { CallerRules } from "@/lib/iam/compile-rules";
import { explain } from "@/lib/iam/explain";
import { ENDPOINT_NAMES } from "@/lib/iam/operations";

const ENDPOINT = "iam/explain";

/** What `POST iam/explain` is asked. */
export const explainQuestion = z.object({
  model: z.string().min(1),
  endpoint: z.enum(ENDPOINT_NAMES, "name an endpoint, such as chat/completions").nullish(),
});

/**
 * What rules say of a request for a model from an address (empty: it is not known), as `POST iam/explain` answers it.
 * @throws GatewayError model_not_found; invalid_body for `auto`.
 */
export function explainModel(
  rules: CallerRules | null,
  { model, endpoint }: z.output<typeof explainQuestion>,
  address: string,
) {
  if (model === AUTO)
    throw new GatewayError(
      "invalid_body",
      `Invalid 'model': '${AUTO}' chooses among the models that rules allow; name one of them.`,
      { param: "model" },
    );
  const found = findModel(model);
  const about = endpoint ?? endpointsCalling(found.model.kind)[0] ?? ENDPOINT;
  const { denial, rules: spoken, providers } = explain(rules, askedOf(about, address), found);
  return {
    decision: denial ? ("deny" as const) : ("allow" as const),
    message: denial?.message ?? null,
    rule_id: denial?.ruleId ?? null,
    model: found.model.name,
    endpoint: about,
    rules: spoken,
    providers,
  };
}
