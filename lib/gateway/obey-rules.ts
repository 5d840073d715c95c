import { type FoundModel, findModel } from "@/lib/catalog/find-model";
import { onPriceChange } from "@/lib/catalog/price-overrides";
import { GatewayError } from "@/lib/core/errors";
import { ENDPOINTS, type Endpoint } from "@/lib/gateway/endpoints";
import type { ModelRequest } from "@/lib/gateway/parse";
import { AUTO } from "@/lib/gateway/routing";
import type { CallerRules } from "@/lib/iam/compile-rules";
import { type Denial, evaluateModel, type ModelVerdict, requestDenial } from "@/lib/iam/evaluate";
import type { Asked } from "@/lib/iam/rules/rule";
import type { ProviderId } from "@/lib/providers/provider";

/** A model as rules leave it, and what they left out. */
interface Obeyed extends Pick<ModelVerdict, "dropped" | "denial"> {
  found: FoundModel;
}

type ByProvider = Map<ProviderId | null, Obeyed>;

/** What rules leave of the models that were asked for: the same object each time, since plans are remembered by it. */
let known = new WeakMap<CallerRules, WeakMap<FoundModel["model"], ByProvider>>();
onPriceChange(() => {
  known = new WeakMap();
});

/** A denial as it is answered (CONTRACT section 6). */
export function deniedBy({ ruleId, message }: Denial): GatewayError {
  return new GatewayError("iam_denied", message, { metadata: { rule_id: ruleId } });
}

/** Whether rules let this endpoint be called from this address; empty: it is not known. */
export function mayAsk(rules: CallerRules, endpoint: Endpoint, address: string): boolean {
  return requestDenial(rules, askedOf(endpoint, address)) === null;
}

/**
 * Refuses what rules about addresses and operations deny.
 * @throws GatewayError iam_denied.
 */
export function refuseAsking(rules: CallerRules, endpoint: Endpoint, address: string): void {
  const denial = requestDenial(rules, askedOf(endpoint, address));
  if (denial) throw deniedBy(denial);
}

/** A request to an endpoint, as rules see it. */
export function askedOf(endpoint: Endpoint, address: string): Asked {
  return { operation: { name: endpoint, scope: ENDPOINTS[endpoint].scope }, address };
}

/**
 * Refuses what rules deny of a request for models: the endpoint, the address, or each of the models that it names. What
 * they leave of a model's providers is for `route`.
 * @throws GatewayError model_not_found, iam_denied.
 */
export function refuseDenied(rules: CallerRules, request: ModelRequest, endpoint: Endpoint, address: string): void {
  const names = request.routing?.models ?? [request.model];
  const wanted = names.filter((name) => name !== AUTO).map(findModel);
  refuseAsking(rules, endpoint, address);
  if (wanted.length < names.length) return;
  const denials = wanted.map((found) => obeyed(rules, found).denial);
  const [first] = denials;
  if (first && denials.every((denial) => denial !== null)) throw deniedBy(first);
}

/** What rules leave of a model as it was asked for. */
export function obeyed(rules: CallerRules, found: FoundModel): Obeyed {
  const models = known.get(rules) ?? new WeakMap<FoundModel["model"], ByProvider>();
  const providers: ByProvider = models.get(found.model) ?? new Map();
  const before = providers.get(found.provider);
  if (before) return before;
  const { offers, dropped, denial } = evaluateModel(rules, found);
  const left = dropped.length === 0 ? found : { ...found, model: { ...found.model, offers } };
  const result: Obeyed = { found: left, dropped, denial };
  providers.set(found.provider, result);
  models.set(found.model, providers);
  known.set(rules, models);
  return result;
}

/**
 * The model with only those providers that rules leave.
 * @throws GatewayError iam_denied where they leave none.
 */
export function allowed(rules: CallerRules, found: FoundModel): FoundModel {
  const { found: left, denial } = obeyed(rules, found);
  if (denial) throw deniedBy(denial);
  return left;
}
