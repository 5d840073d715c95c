import type { Model } from "@/lib/catalog/models";
import { obeyed } from "@/lib/gateway/obey-rules";
import { attemptsFor, noAttempt, type Pools } from "@/lib/gateway/plan";
import { compileRules, type StoredRule } from "@/lib/iam/compile-rules";
import type { Caller } from "@/lib/keys/caller";
import type { ProjectView } from "@/lib/projects/project-view";
import type { ProviderKeyView } from "@/lib/provider-keys/provider-key-view";
import type { ProviderId } from "@/lib/providers/provider";

/** Whether a project's keys may call a model. */
export interface ModelAccess {
  /** The providers that would serve it, in the order in which they are tried. */
  servedBy: ProviderId[];
  /** What a caller would read; null: it is served. */
  refusal: string | null;
}

/** A live key of the project that only its project's rules narrow, to ask the planner with. It opens and admits nothing. */
export function projectCaller(
  { id, organizationId, mode, cacheTtlSeconds }: ProjectView,
  providerKeys: readonly ProviderKeyView[],
  rules: readonly StoredRule[],
): Caller {
  return {
    keyId: "",
    keyName: "",
    version: 0n,
    status: "active",
    environment: "live",
    scopes: [],
    organizationId,
    projectId: id,
    mode,
    cacheTtlSeconds,
    keepsBodies: false,
    endUserId: null,
    validUntil: null,
    meters: [],
    rules: compileRules(rules),
    providerKeys: providerKeys
      .filter(({ isActive }) => isActive)
      .map(({ id: keyId, provider, baseUrl, models, priority }) => ({
        id: keyId,
        provider,
        sealed: "",
        baseUrl,
        models,
        priority,
      })),
  };
}

/** What the project's rules, its mode, its provider keys and the installation's pool leave of a model, as the planner sees it. */
export function modelAccess(caller: Caller, model: Model, pools: Pools): ModelAccess {
  const asked = { model, provider: null };
  const { found, denial } = caller.rules === null ? { found: asked, denial: null } : obeyed(caller.rules, asked);
  if (denial) return { servedBy: [], refusal: denial.message };
  const servedBy = [...new Set(attemptsFor(caller, found, pools).map(({ provider }) => provider))];
  return { servedBy, refusal: servedBy.length > 0 ? null : noAttempt(caller, found).message };
}
