import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { LEAKED_KEYS_PATH, serveLeakedKeys } from "@/lib/edge/leaked-keys-route";
import { findOperations } from "@/lib/edge/management/operations";
import { serveManagement } from "@/lib/edge/management-route";
import { hasMetrics, serveMetrics } from "@/lib/edge/metrics-route";
import { OPENAPI_PATH, openApiDocument } from "@/lib/edge/openapi";
import type { GatewayAnswer } from "@/lib/gateway/answer";
import { dialectOf, ENDPOINTS, type FoundEndpoint, findEndpoint, isReadEndpoint } from "@/lib/gateway/endpoints";
import { type Incoming, pathOf } from "@/lib/gateway/incoming";
import { refuse, serve } from "@/lib/gateway/pipeline";
import { serveCountTokens } from "@/lib/gateway/serve-count-tokens";
import { serveExplain } from "@/lib/gateway/serve-explain";
import { serveRead } from "@/lib/gateway/serve-read";
import { noteAnswer } from "@/lib/gateway/tallies";
import { isReady } from "@/lib/infra/db";

/** Below which the gateway's endpoints are. */
export const PREFIXES = ["/api/v1/", "/v1/"];

/** Under which metrics count what is no endpoint of the gateway: management, health, metrics themselves. */
const BESIDES = "other";

/** A stream that is silent for this long gets a comment, so that nothing between us and the client gives up on it. */
export const KEEP_ALIVE = { comment: Buffer.from(": keep-alive\n\n"), afterMs: 15_000 };

function plain(status: number, body: object): GatewayAnswer {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(body),
  };
}

async function health(path: string): Promise<GatewayAnswer | null> {
  if (path === "/health/liveness") return plain(200, { status: "ok" });
  if (path === "/health/readiness")
    return (await isReady())
      ? plain(200, { status: "ready" })
      : plain(503, { status: "unavailable", reason: "the database does not answer" });
  return null;
}

/** What stands after `/v1/` or `/api/v1/`; null for other paths. */
function belowPrefix(path: string): string | null {
  const prefix = PREFIXES.find((candidate) => path.startsWith(candidate));
  return prefix === undefined ? null : path.slice(prefix.length);
}

/** What stands below the gateway's own paths beside its endpoints; null when nothing does. */
async function besides(incoming: Incoming, path: string, below: string | null): Promise<GatewayAnswer | null> {
  if (below === LEAKED_KEYS_PATH) return serveLeakedKeys(incoming);
  const managed = below === null ? null : findOperations(below);
  if (managed) return serveManagement(incoming, managed);
  if (below === OPENAPI_PATH && incoming.method === "GET") return plain(200, openApiDocument());
  if (path === "/metrics" && hasMetrics()) return serveMetrics(incoming);
  return health(path);
}

function nothingThere(): GatewayAnswer {
  return refuse(
    new GatewayError(
      "not_found",
      "There is nothing at this address. GET /api/v1/models lists what can be called, POST /api/v1/chat/completions calls it.",
    ),
    newId("gen"),
  );
}

function serveEndpoint(incoming: Incoming, { endpoint, id }: FoundEndpoint): GatewayAnswer | Promise<GatewayAnswer> {
  const { method } = ENDPOINTS[endpoint];
  if (incoming.method !== method) {
    return refuse(
      new GatewayError("method_not_allowed", `${endpoint} takes ${method} only.`, { headers: { allow: method } }),
      newId("gen"),
      dialectOf(endpoint),
    );
  }
  if (endpoint === "messages/count_tokens") return serveCountTokens(incoming);
  if (endpoint === "iam/explain") return serveExplain(incoming);
  return isReadEndpoint(endpoint) ? serveRead(incoming, endpoint, id) : serve(incoming, endpoint);
}

/** Answers any request to the gateway's own paths; every door goes through here. Never throws. */
export function routeGateway(incoming: Incoming): Promise<GatewayAnswer> {
  const path = pathOf(incoming.url);
  const below = belowPrefix(path);
  const found = below === null ? null : findEndpoint(below);
  return found === null ? serveBesides(incoming, path, below) : serveFound(incoming, found);
}

async function serveFound(incoming: Incoming, found: FoundEndpoint): Promise<GatewayAnswer> {
  const answer = await serveEndpoint(incoming, found);
  noteAnswer(found.endpoint, answer.status);
  return answer;
}

async function serveBesides(incoming: Incoming, path: string, below: string | null): Promise<GatewayAnswer> {
  const answer = await besides(incoming, path, below);
  noteAnswer(answer === null ? "none" : BESIDES, answer?.status ?? 404);
  return answer ?? nothingThere();
}
