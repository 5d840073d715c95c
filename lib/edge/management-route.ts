import type { Actor } from "@/lib/audit/actor";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { isRecord } from "@/lib/core/is-record";
import type { Asking, Method, Operation } from "@/lib/edge/management/operation";
import type { FoundOperations } from "@/lib/edge/management/operations";
import { commonHeaders, type GatewayAnswer } from "@/lib/gateway/answer";
import { authenticate, readCredential } from "@/lib/gateway/authenticate";
import { type Incoming, queryOf } from "@/lib/gateway/incoming";
import { deniedBy } from "@/lib/gateway/obey-rules";
import { readJson } from "@/lib/gateway/parse";
import { refusalOf, refuse } from "@/lib/gateway/pipeline";
import { requestDenial } from "@/lib/iam/evaluate";
import { config } from "@/lib/infra/config";
import type { Caller } from "@/lib/keys/caller";

/** Nothing that is managed is larger. */
const BODY_BYTES_MAX = 1_048_576;

const METHODS: readonly string[] = ["GET", "POST", "PATCH", "DELETE"] satisfies Method[];

function isMethod(method: string): method is Method {
  return METHODS.includes(method);
}

/**
 * Serves one call of the management API: who is it, may they, what do they say, do it. Refusals have the shape of CONTRACT
 * section 9, and nothing is said about a body before its key is accepted. Never throws.
 */
export async function serveManagement(incoming: Incoming, { byMethod, id }: FoundOperations): Promise<GatewayAnswer> {
  const requestId = newId("gen");
  try {
    const operation = isMethod(incoming.method) ? byMethod.get(incoming.method) : undefined;
    if (!operation) throw wrongMethod(byMethod);
    const query = queryOf(incoming.url);
    const { caller } = await authenticate(readCredential(incoming.header, query), true);
    permitted(caller, operation, incoming.remoteAddress);
    const answer = await operation.run({
      ...askingOf(caller, incoming),
      id,
      query: Object.fromEntries(new URLSearchParams(query)),
      body: operation.method === "GET" || operation.method === "DELETE" ? undefined : await bodyOf(incoming, operation),
    });
    if (answer === undefined) return { status: 204, headers: commonHeaders(requestId), body: "" };
    return {
      status: 200,
      headers: { ...commonHeaders(requestId), "content-type": "application/json" },
      body: JSON.stringify(answer),
    };
  } catch (error) {
    return refuse(await refusalOf(inWireNames(error), requestId, incoming), requestId);
  }
}

function wrongMethod(byMethod: FoundOperations["byMethod"]): GatewayError {
  const allow = [...byMethod.keys()].join(", ");
  return new GatewayError("method_not_allowed", `This address takes ${allow} only.`, { headers: { allow } });
}

/** @throws GatewayError insufficient_scope, naming the scope; iam_denied; forbidden. */
function permitted({ isMaster, scopes, rules }: Caller, { scope, masterOnly, path }: Operation, address: string): void {
  if (isMaster) return;
  if (!scopes.includes(scope) && !scopes.includes("admin:*"))
    throw new GatewayError(
      "insufficient_scope",
      `Access denied: This API key lacks the scope '${scope}', which ${path} needs.`,
      { metadata: { scope } },
    );
  const denial = rules && requestDenial(rules, { operation: { name: path, scope }, address });
  if (denial) throw deniedBy(denial);
  if (masterOnly) throw new GatewayError("forbidden", "Only the installation's master key can do this.");
}

function askingOf(caller: Caller, { remoteAddress }: Incoming): Asking {
  const address = remoteAddress === "" ? null : remoteAddress;
  const actor: Actor = caller.isMaster ? { master: true, address } : { keyId: caller.keyId, address };
  return { caller, actor, reach: caller.isMaster ? null : caller.organizationId };
}

/** Whether the request has a body at all; HTTP says so with one of these headers. */
function hasBody({ header }: Incoming): boolean {
  return header("transfer-encoding") !== null || Number(header("content-length") ?? 0) > 0;
}

async function bodyOf(incoming: Incoming, { bodyOptional }: Operation): Promise<unknown> {
  if (bodyOptional && !hasBody(incoming)) return {};
  const { value } = await readJson(incoming, Math.min(BODY_BYTES_MAX, config().maxBodyBytes));
  return value;
}

/** Domain functions name fields as forms do; callers read them as they sent them. */
function inWireNames(error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.code !== "invalid_fields" || !isRecord(error.metadata.fields))
    return error;
  const fields = Object.fromEntries(
    Object.entries(error.metadata.fields).map(([name, message]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      message,
    ]),
  );
  const listed = Object.entries(fields).map(([name, message]) =>
    name === "" ? `${message}` : `'${name}': ${message}`,
  );
  return new GatewayError("invalid_fields", `Invalid request. ${listed.join("; ")}`, {
    ...error.options,
    metadata: { ...error.metadata, fields },
  });
}
