import { checked } from "@/lib/core/checked";
import { newId } from "@/lib/core/ids";
import { commonHeaders, type GatewayAnswer } from "@/lib/gateway/answer";
import { authenticate, readCredential } from "@/lib/gateway/authenticate";
import { authorise } from "@/lib/gateway/authorise";
import { explainModel, explainQuestion } from "@/lib/gateway/explain-model";
import { type Incoming, queryOf } from "@/lib/gateway/incoming";
import { refuseAsking } from "@/lib/gateway/obey-rules";
import { readJson } from "@/lib/gateway/parse";
import { refusalOf, refuse } from "@/lib/gateway/pipeline";
import { config } from "@/lib/infra/config";

const ENDPOINT = "iam/explain";

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
      body: JSON.stringify(explainModel(caller.rules, question, incoming.remoteAddress)),
    };
  } catch (error) {
    return refuse(await refusalOf(error, requestId, incoming), requestId);
  }
}
