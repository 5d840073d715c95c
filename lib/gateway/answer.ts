import type { Usage } from "@/lib/catalog/price";
import { jsonMembers, setJsonMembers, soleMember } from "@/lib/core/json-members";
import { formatUsd, usdToNumber } from "@/lib/core/money";
import type { Hold } from "@/lib/gateway/admit";
import type { Metered } from "@/lib/gateway/meter";
import type { Attempt } from "@/lib/gateway/plan";

/** What a door sends; a body that is iterated is a stream, and ending the iteration ends the request. */
export interface GatewayAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string | AsyncGenerator<Uint8Array>;
}

const PRIVATE = "private, no-store";
const CREDENTIAL_HEADERS = "Authorization, X-API-Key, X-AnyLLM-Key";

/** On every answer of the gateway (CONTRACT section 9). */
export function commonHeaders(requestId: string): Record<string, string> {
  return {
    "x-request-id": requestId,
    "x-generation-id": requestId,
    "cache-control": PRIVATE,
    vary: CREDENTIAL_HEADERS,
  };
}

/** What the headers of a request that was admitted tell: who pays, a clamp, what is left of the minute. */
export function admittedHeaders(hold: Hold, attempt: Attempt | null, now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  if (attempt) headers["x-turnpike-billed-to"] = attempt.billedTo;
  tellLimits(headers, hold, now);
  return headers;
}

/** The headers of an answer that was served: one object for each, since putting several together costs more than the rest. */
export function servedHeaders(
  requestId: string,
  hold: Hold,
  attempt: Attempt,
  contentType: string,
  now: number,
): Record<string, string> {
  const headers: Record<string, string> = {
    "x-request-id": requestId,
    "x-generation-id": requestId,
    "cache-control": PRIVATE,
    vary: CREDENTIAL_HEADERS,
    "content-type": contentType,
    "x-turnpike-billed-to": attempt.billedTo,
  };
  tellLimits(headers, hold, now);
  return headers;
}

function tellLimits(headers: Record<string, string>, hold: Hold, now: number): void {
  if (hold.plan.clampedMaxTokens !== null) headers["x-turnpike-max-tokens"] = String(hold.plan.clampedMaxTokens);
  if (hold.requestsLeft === null && hold.tokensLeft === null) return;
  const secondsLeft = 60 - (Math.floor(now / 1000) % 60);
  for (const [unit, left] of [
    ["requests", hold.requestsLeft],
    ["tokens", hold.tokensLeft],
  ] as const) {
    const meter = hold.meters.find((candidate) => candidate.kind === "rate" && candidate.unit === unit);
    if (!meter || meter.perMinute === null || left === null) continue;
    headers[`x-ratelimit-limit-${unit}`] = String(meter.perMinute);
    headers[`x-ratelimit-remaining-${unit}`] = String(Math.max(0, left));
    headers[`x-ratelimit-reset-${unit}`] = `${secondsLeft}s`;
  }
}

/** The cost as callers read it, null where it is not known: what a test key uses never costs anything. */
export function visibleCost(metered: Metered, attempt: Attempt, environment: "live" | "test"): number | null {
  if (environment === "test") return 0;
  return attempt.isPriced ? usdToNumber(metered.cost) : null;
}

/** A usage object in a dialect's own words. */
export type UsageWords = (usage: Usage) => object;

/** As chats and completions tell it. */
export function completionUsage({ promptTokens, completionTokens }: Usage): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** What the header `x-turnpike-cost` of a whole answer says; null where that is not known. */
export function costText(metered: Metered, attempt: Attempt, environment: "live" | "test"): string | null {
  if (environment === "test") return "0.00";
  return attempt.isPriced ? formatUsd(metered.cost) : null;
}

function usageMember(
  text: string | null,
  usage: Usage,
  cost: number | null,
  isByok: boolean,
  words: UsageWords,
): string {
  const added = `"cost":${JSON.stringify(cost)},"is_byok":${isByok}${usage.estimated ? ',"estimated":true' : ""}`;
  // What was counted here stands in the place of a report that says nothing.
  const isTold = text !== null && !usage.estimated && /^\{\s*"/.test(text);
  const said = isTold ? text : JSON.stringify(words(usage));
  return `${said.slice(0, said.lastIndexOf("}"))},${added}}`;
}

/** What a provider's JSON says, as far as it is changed on the way. */
type Parsed = { readonly model?: unknown; readonly usage?: unknown };

/**
 * The provider's JSON with the caller's name for the model, and its usage with what it cost. All else stays as it came.
 * `value` is what `text` says; `words` tell the usage where it says none.
 */
export function dressAnswer(
  text: string,
  value: Parsed,
  requestedModel: string,
  usage: Usage,
  cost: number | null,
  isByok: boolean,
  words: UsageWords = completionUsage,
): string {
  if (value.model !== undefined && value.usage !== undefined) {
    const model = soleMember(text, "model");
    const reported = soleMember(text, "usage");
    if (model && reported) {
      const name = JSON.stringify(requestedModel);
      const dressed = usageMember(text.slice(reported.valueStart, reported.valueEnd), usage, cost, isByok, words);
      return model.valueStart < reported.valueStart
        ? text.slice(0, model.valueStart) +
            name +
            text.slice(model.valueEnd, reported.valueStart) +
            dressed +
            text.slice(reported.valueEnd)
        : text.slice(0, reported.valueStart) +
            dressed +
            text.slice(reported.valueEnd, model.valueStart) +
            name +
            text.slice(model.valueEnd);
    }
  }
  const members = jsonMembers(text);
  const member = members.find((candidate) => candidate.key === "usage");
  const reported = member ? text.slice(member.valueStart, member.valueEnd) : null;
  return setJsonMembers(
    text,
    {
      model: JSON.stringify(requestedModel),
      usage: usageMember(reported, usage, cost, isByok, words),
    },
    members,
  );
}

/** An answer as it is given for nothing: its usage as it was, at no cost and with nobody's provider key. */
export function unchargedJson(text: string): string {
  const usage = jsonMembers(text).findLast(({ key }) => key === "usage");
  if (!usage) return text;
  const said = text.slice(usage.valueStart, usage.valueEnd);
  if (!jsonMembers(said).some(({ key }) => key === "cost")) return text;
  const free = setJsonMembers(said, { cost: "0", is_byok: "false" });
  return text.slice(0, usage.valueStart) + free + text.slice(usage.valueEnd);
}

/** A usage chunk of our own, for a caller who asked for one where the provider sent none. */
export function usageChunk(
  id: string,
  object: "chat.completion.chunk" | "text_completion",
  created: number,
  requestedModel: string,
  usage: Usage,
  cost: number | null,
  isByok: boolean,
): string {
  const head = JSON.stringify({ id, object, created, model: requestedModel, choices: [] });
  return setJsonMembers(head, { usage: usageMember(null, usage, cost, isByok, completionUsage) });
}
