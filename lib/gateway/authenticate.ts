import { databaseUnavailable, GatewayError, MESSAGES } from "@/lib/core/errors";
import { endUserNotFound } from "@/lib/end-users/require-end-user";
import type { Incoming } from "@/lib/gateway/incoming";
import { isAuthenticationOff, LOCAL_USER, refuseForeign } from "@/lib/gateway/local-user";
import { isMasterKey } from "@/lib/gateway/master-key";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import type { Caller } from "@/lib/keys/caller";
import { readCaller, readLocalCaller, readMasterCaller } from "@/lib/keys/caller-store";
import { noteOldSecretUse } from "@/lib/keys/old-secret-uses";
import { hashSecret, isWellFormed } from "@/lib/keys/secret";

/** Callers that were found active, by the hash of their secret or the name of whom the master key asks for. A hint, never an authority: admission compares versions. */
const known = new Map<string, Caller>();
const KNOWN_LIMIT = 50_000;

function bearer(header: string, value: string): string {
  const match = /^bearer +(\S+)$/i.exec(value.trim());
  if (match?.[1] === undefined) {
    throw new GatewayError(
      "malformed_header",
      `Unauthorized: The ${header} header is malformed. Expected '${header}: Bearer your-api-token'`,
    );
  }
  return match[1];
}

/**
 * The credential of a request, or the local user's where none is asked for.
 * @throws GatewayError missing_key, malformed_header, key_in_query; forbidden where authentication is off.
 */
export function readCredential(header: Incoming["header"], query: string): string {
  if (!isAuthenticationOff()) return sentCredential(header, query);
  refuseKeyInQuery(query);
  refuseForeign(header);
  return LOCAL_USER;
}

/** @throws GatewayError key_in_query. */
function refuseKeyInQuery(query: string): void {
  if (
    /(?:^|[?&])(?:key|api_key|apikey|access_token|token)=/i.test(query) ||
    /tp_(?:live|test)_[0-9A-Za-z]{38}/.test(query)
  ) {
    throw new GatewayError(
      "key_in_query",
      "An API key in the query string is refused, because addresses end up in logs. Send it in the 'Authorization: Bearer your-api-token' header, and rotate this one.",
    );
  }
}

/**
 * The credential that a request sends: the first header present decides, in the order X-AnyLLM-Key, Authorization,
 * x-api-key (CONTRACT section 2).
 * @throws GatewayError missing_key, malformed_header, key_in_query.
 */
export function sentCredential(header: Incoming["header"], query: string): string {
  refuseKeyInQuery(query);
  const own = header("x-anyllm-key");
  if (own !== null && own.trim() !== "") return bearer("X-AnyLLM-Key", own);
  const authorization = header("authorization");
  if (authorization !== null) return bearer("Authorization", authorization);
  const key = header("x-api-key");
  if (key !== null) {
    if (!/^\S+$/.test(key.trim()))
      throw new GatewayError(
        "malformed_header",
        "Unauthorized: The x-api-key header is malformed. Expected 'x-api-key: your-api-token'",
      );
    return key.trim();
  }
  throw new GatewayError("missing_key", MESSAGES.missingKey);
}

export interface Authenticated {
  caller: Caller;
  /** Whether the caller was read now, and not taken from memory: then no refusal of it can be out of date. */
  fresh: boolean;
}

/** Reads of secrets that are not remembered, while they are under way: a burst on a new key is one read, not hundreds. */
const reading = new Map<string, { since: number; caller: Promise<Caller> }>();

/**
 * Who a credential belongs to, at once where that is remembered. `reload` reads the database whatever is in memory.
 * @throws GatewayError invalid_key, key_expired, database_unavailable.
 */
export function authenticate(credential: string, reload: boolean): Authenticated | Promise<Authenticated> {
  if (isWellFormed(credential)) return callerBy(hashSecret(credential), reload, readCaller);
  if (credential === LOCAL_USER) return callerBy(LOCAL_USER, reload, readLocalCaller);
  if (isMasterKey(credential)) return callerBy(MASTER, reload, () => readMasterCaller(null));
  throw new GatewayError("invalid_key", MESSAGES.invalidKey);
}

/**
 * The master key, asking for an end user of the default organisation, at once where that is remembered.
 * @throws GatewayError user_not_found, database_unavailable.
 */
export function authenticateFor(endUser: string, reload: boolean): Authenticated | Promise<Authenticated> {
  return callerBy(`${MASTER}:${endUser}`, reload, async () => {
    const caller = await readMasterCaller(endUser);
    if (caller && !caller.endUser) throw endUserNotFound(endUser);
    return caller;
  });
}

/** Reads who is named so; null when nobody. */
type Read = (name: string) => Promise<Caller | null>;

/** No hash of a secret, so the master key's callers are remembered beside the others. */
const MASTER = "master";

function callerBy(name: string, reload: boolean, readIt: Read): Authenticated | Promise<Authenticated> {
  if (reload) return read(name, readIt).then((caller) => ({ caller, fresh: true }));
  const remembered = known.get(name);
  if (remembered && (remembered.validUntil === null || remembered.validUntil > Date.now())) {
    if (remembered.oldSecretId) noteOldSecretUse(remembered.oldSecretId);
    return { caller: remembered, fresh: false };
  }
  return readTogether(name, performance.now(), readIt);
}

/** One read for all who ask at the same time. What it found before somebody asked is no reason to refuse them. */
async function readTogether(name: string, askedAt: number, readIt: Read): Promise<Authenticated> {
  let underWay = reading.get(name);
  if (!underWay) {
    underWay = { since: performance.now(), caller: read(name, readIt).finally(() => reading.delete(name)) };
    reading.set(name, underWay);
  }
  const fresh = underWay.since >= askedAt;
  try {
    return { caller: await underWay.caller, fresh };
  } catch (error) {
    if (fresh) throw error;
    return readTogether(name, askedAt, readIt);
  }
}

async function read(name: string, readIt: Read): Promise<Caller> {
  const caller = await readIt(name).catch((error: unknown) => {
    throw isDatabaseUnavailable(error) ? databaseUnavailable(error) : error;
  });
  known.delete(name);
  if (!caller) throw new GatewayError("invalid_key", MESSAGES.invalidKey);
  // By the database's clock: this instance's own is a reason to read again, and none to refuse.
  if (caller.status === "expired") throw new GatewayError("key_expired", MESSAGES.keyExpired);
  if (caller.status !== "active") throw new GatewayError("key_inactive", MESSAGES.invalidKey);
  if (caller.oldSecretId) noteOldSecretUse(caller.oldSecretId);
  const oldest = known.size >= KNOWN_LIMIT ? known.keys().next().value : undefined;
  if (oldest !== undefined) known.delete(oldest);
  known.set(name, caller);
  return caller;
}
