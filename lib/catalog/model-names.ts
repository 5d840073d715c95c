import { qualifiedName } from "@/lib/catalog/find-model";
import { MODELS, type Model } from "@/lib/catalog/models";

/** By vendor and name; a model asked for by a snapshot's or a region's name is another object with the same two. */
const CATALOGUE = new Map(MODELS.map((model) => [qualifiedName(model), model]));

const known = new WeakMap<Model, ReadonlySet<string>>();

/**
 * Every name that a caller can ask for a model by, in lower case: its own, those of its snapshots, and all of them after
 * its vendor or a provider. Asked for by one of them or by another, a model has the same names.
 */
export function namesOf(model: Model): ReadonlySet<string> {
  const listed = CATALOGUE.get(qualifiedName(model)) ?? model;
  let names = known.get(listed);
  if (!names) {
    names = new Set(spelled(listed));
    known.set(listed, names);
  }
  return names;
}

function spelled({ name, vendor, aliases, snapshots, offers }: Model): string[] {
  const bare = [name, ...aliases, ...snapshots];
  const owners = new Set<string>([vendor, ...offers.map(({ provider }) => provider)]);
  const qualified = [...owners].flatMap((owner) => bare.map((spelling): [string, string] => [owner, spelling]));
  const upstream = offers.flatMap(({ provider, upstreamModel, alternatives = [] }) =>
    [upstreamModel, ...alternatives.map((alternative) => alternative.upstreamModel)].map(
      (spelling): [string, string] => [provider, spelling],
    ),
  );
  return [
    ...bare,
    ...[...qualified, ...upstream].flatMap(([owner, spelling]) => [`${owner}/${spelling}`, `${owner}:${spelling}`]),
  ].map((spelling) => spelling.toLowerCase());
}
