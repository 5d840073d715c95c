import { newId } from "@/lib/core/ids";
import { setJsonMembers } from "@/lib/core/json-members";
import { commonHeaders, type GatewayAnswer } from "@/lib/gateway/answer";
import { authenticate, readCredential } from "@/lib/gateway/authenticate";
import { authorise } from "@/lib/gateway/authorise";
import { countTokens } from "@/lib/gateway/count-tokens";
import { upstreamFailure, upstreamRefusal } from "@/lib/gateway/fallback";
import { callTo } from "@/lib/gateway/forward";
import { refuseBlocked } from "@/lib/gateway/identify";
import { type Incoming, queryOf } from "@/lib/gateway/incoming";
import { refuseDenied } from "@/lib/gateway/obey-rules";
import { type ModelRequest, parseCountTokens } from "@/lib/gateway/parse";
import { refusalOf, refuse } from "@/lib/gateway/pipeline";
import type { Attempt } from "@/lib/gateway/plan";
import { route } from "@/lib/gateway/route";
import { config, providerPool } from "@/lib/infra/config";
import { ProviderFailure } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";

const ENDPOINT = "messages/count_tokens";

/** What Anthropic says of its own model, in its own words. */
async function askProvider(request: ModelRequest, attempt: Attempt): Promise<string> {
  const provider = PROVIDERS[attempt.provider];
  try {
    const answer = await provider.send({
      ...callTo(attempt, null, config().upstreamTimeoutMs),
      path: ENDPOINT,
      headers: request.headers,
      body: setJsonMembers(request.text, { model: JSON.stringify(attempt.upstreamModel) }),
    });
    const text = await answer.text();
    if (answer.status >= 200 && answer.status < 300) return text;
    throw upstreamRefusal(answer.status, text, answer.headers["retry-after"], provider.id);
  } catch (error) {
    throw error instanceof ProviderFailure ? upstreamFailure(error, provider.id) : error;
  }
}

/**
 * Serves one `POST messages/count_tokens`: asked of Anthropic for its models, and counted here for others. It costs
 * nothing, so nothing is held and no receipt is written; the key is read anew. Never throws.
 */
export async function serveCountTokens(incoming: Incoming): Promise<GatewayAnswer> {
  const requestId = newId("gen");
  try {
    const { caller } = await authenticate(readCredential(incoming.header, queryOf(incoming.url)), true);
    authorise(caller, ENDPOINT);
    refuseBlocked(caller);
    const request = await parseCountTokens(incoming, config().maxBodyBytes);
    if (caller.rules !== null) refuseDenied(caller.rules, request, ENDPOINT, incoming.remoteAddress);
    const { attempts } = route(caller, request, providerPool);
    const own = attempts.find(({ provider }) => PROVIDERS[provider].dialect === request.dialect);
    const body = own
      ? await askProvider(request, own)
      : JSON.stringify({ input_tokens: (await countTokens(request.promptText())) + request.tokensBesideText });
    return { status: 200, headers: { ...commonHeaders(requestId), "content-type": "application/json" }, body };
  } catch (error) {
    return refuse(await refusalOf(error, requestId, incoming), requestId, "anthropic");
  }
}
