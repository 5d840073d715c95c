import { z } from "zod";
import { findModel } from "@/lib/catalog/find-model";
import { checked } from "@/lib/core/checked";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { commonHeaders, type GatewayAnswer } from "@/lib/gateway/answer";
import { authenticate, readCredential } from "@/lib/gateway/authenticate";
import { authorise } from "@/lib/gateway/authorise";
import { type Incoming, queryOf } from "@/lib/gateway/incoming";
import { askedOf, refuseAsking } from "@/lib/gateway/obey-rules";
import { readJson } from "@/lib/gateway/parse";
import { refusalOf, refuse } from "@/lib/gateway/pipeline";
import { endpointsCalling } from "@/lib/gateway/plan";
import { AUTO } from "@/lib/gateway/routing";
import { explain } from "@/lib/iam/explain";
import { ENDPOINT_NAMES } from "@/lib/iam/operations";
import { config } from "@/lib/infra/config";
import type { Caller } from "@/lib/keys/caller";

const ENDPOINT = "iam/explain";

/** What `POST iam/explain` is asked. */
export const explainQuestion = z.object({
  model: z.string().min(1),
  endpoint: z.enum(ENDPOINT_NAMES, "name an endpoint, such as chat/completions").nullish(),
});

function explanation({ rules }: Caller, { model, endpoint }: z.output<typeof explainQuestion>, address: string) {
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
    decision: denial ? "deny" : "allow",
    message: denial?.message ?? null,
    rule_id: denial?.ruleId ?? null,
    model: found.model.name,
    endpoint: about,
    rules: spoken,
    providers,
  };
}

/**
 * Serves one `POST iam/explain`: what the caller's rules say of a request for this model from this address, by the
 * evaluation that requests are under. Provider keys, limits and credits are not looked at. It holds nothing and leaves no
 * receipt; the key is read anew. Never throws.
 */
export async function serveExplain(incoming: Incoming): Promise<GatewayAnswer> {
  const requestId = newId("gen");
  try {
    const { caller } = await authenticate(readCredential(incoming.header, queryOf(incoming.url)), true);
    authorise(caller, ENDPOINT);
    const { value } = await readJson(incoming, config().maxBodyBytes);
    const question = checked(explainQuestion, value);
    if (caller.rules !== null) refuseAsking(caller.rules, ENDPOINT, incoming.remoteAddress);
    return {
      status: 200,
      headers: { ...commonHeaders(requestId), "content-type": "application/json" },
      body: JSON.stringify(explanation(caller, question, incoming.remoteAddress)),
    };
  } catch (error) {
    return refuse(await refusalOf(error, requestId, incoming), requestId);
  }
}
