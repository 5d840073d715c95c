import { GatewayError } from "@/lib/core/errors";
import { isRecord } from "@/lib/core/is-record";
import { cleanText } from "@/lib/core/text";
import { endUserNotFound } from "@/lib/end-users/require-end-user";
import { type Authenticated, authenticateFor } from "@/lib/gateway/authenticate";
import type { ModelRequest } from "@/lib/gateway/parse";
import type { Caller } from "@/lib/keys/caller";

const LONGEST_NAME = 200;
const UNFIT = /[\p{Cc}\p{Cs}]/u;

/** Whether the key alone says all there is to say: it is no end user's, and not the master key. */
export function isIdentified(caller: Caller): boolean {
  return caller.endUserId === null && caller.isMaster !== true;
}

/** What stands where the request's dialect names an end user; undefined where nothing does. */
function named({ path, body }: ModelRequest): { field: string; value: unknown } {
  if (path !== "messages") return { field: "user", value: isRecord(body) ? body.user : undefined };
  const metadata = isRecord(body) ? body.metadata : undefined;
  return { field: "metadata.user_id", value: isRecord(metadata) ? metadata.user_id : undefined };
}

/**
 * Refuses whoever asks for a blocked end user.
 * @throws GatewayError user_blocked.
 */
export function refuseBlocked({ endUser }: Caller): void {
  if (endUser?.isBlocked)
    throw new GatewayError("user_blocked", `User '${cleanText(endUser.name, LONGEST_NAME)}' is blocked`);
}

/**
 * Whose budget a request spends, where the key alone does not say it: with the master key the end user that the request
 * names, and with a key of an end user that one, whom the request may not contradict (CONTRACT sections 2 and 10).
 * @throws GatewayError user_required, invalid_body, user_not_found, user_blocked; forbidden where another user is named.
 */
export async function identify(
  authenticated: Authenticated,
  request: ModelRequest,
  reload: boolean,
): Promise<Authenticated> {
  const { caller, fresh } = authenticated;
  const { field, value } = named(request);
  if (!caller.isMaster) {
    refuseBlocked(caller);
    if (typeof value === "string" && value !== "" && value !== caller.endUser?.name)
      throw new GatewayError("forbidden", "This API key belongs to another user than the request names.", {
        param: field,
      });
    return authenticated;
  }
  if (value === undefined || value === null || value === "")
    throw new GatewayError("user_required", "When using master key, 'user' field is required in request body", {
      param: field,
    });
  if (typeof value !== "string")
    throw new GatewayError("invalid_body", `Invalid '${field}': expected a text.`, { param: field });
  // Nobody is called so, and PostgreSQL would refuse some of them.
  if (UNFIT.test(value) || value.length > LONGEST_NAME) throw endUserNotFound(value);
  const forUser = await authenticateFor(value, reload);
  refuseBlocked(forUser.caller);
  return { caller: forUser.caller, fresh: fresh && forUser.fresh };
}
