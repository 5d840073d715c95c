import { newId } from "@/lib/core/ids";
import { commonHeaders, type GatewayAnswer } from "@/lib/gateway/answer";
import { authenticate, readCredential } from "@/lib/gateway/authenticate";
import { authorise } from "@/lib/gateway/authorise";
import type { ReadEndpoint } from "@/lib/gateway/endpoints";
import { type Incoming, queryOf } from "@/lib/gateway/incoming";
import { listModels } from "@/lib/gateway/list-models";
import { refuseAsking } from "@/lib/gateway/obey-rules";
import { refusalOf, refuse } from "@/lib/gateway/pipeline";
import { readCredits } from "@/lib/gateway/read-credits";
import { generationId, readGeneration } from "@/lib/gateway/read-generation";
import { readKey } from "@/lib/gateway/read-key";
import { readModel } from "@/lib/gateway/read-model";
import { settledSoFar } from "@/lib/gateway/settle";
import { providerPool } from "@/lib/infra/config";
import type { Caller } from "@/lib/keys/caller";

interface Asked {
  caller: Caller;
  /** What stood in the path; empty where the endpoint has none. */
  id: string;
  query: URLSearchParams;
  /** The client's; empty where it is not known. */
  address: string;
}

/** What each endpoint reads; a forgotten one does not compile. */
const READ: Readonly<Record<ReadEndpoint, (asked: Asked) => object | Promise<object>>> = {
  models: ({ caller, address }) => listModels(caller, providerPool, address),
  "models/{id}": ({ caller, id, address }) => readModel(caller, id, providerPool, address),
  generation: ({ caller, query }) => readGeneration(caller, generationId(query)),
  "generation/{id}": ({ caller, id }) => readGeneration(caller, id),
  credits: async ({ caller }) => {
    await settledSoFar();
    return readCredits(caller);
  },
  key: async ({ caller }) => {
    await settledSoFar();
    return readKey(caller);
  },
};

/**
 * Serves one request that only reads: authenticate, authorise, obey rules, read. The key is read anew each time, since no admission
 * follows that would notice a change. Never throws.
 */
export async function serveRead(incoming: Incoming, endpoint: ReadEndpoint, id: string): Promise<GatewayAnswer> {
  const requestId = newId("gen");
  try {
    const query = queryOf(incoming.url);
    const { caller } = await authenticate(readCredential(incoming.header, query), true);
    authorise(caller, endpoint);
    const address = incoming.remoteAddress;
    if (caller.rules !== null) refuseAsking(caller.rules, endpoint, address);
    const body = await READ[endpoint]({ caller, id, query: new URLSearchParams(query), address });
    return {
      status: 200,
      headers: { ...commonHeaders(requestId), "content-type": "application/json" },
      body: JSON.stringify(body),
    };
  } catch (error) {
    return refuse(await refusalOf(error, requestId, incoming), requestId);
  }
}
