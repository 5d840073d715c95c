import type { Provider } from "@/lib/providers/provider";

/** A provider that customers can bring a key for. */
export type ProviderChoice = Pick<
  Provider,
  "id" | "name" | "baseUrl" | "baseUrlExample" | "needsBaseUrl" | "needsKey" | "keyPrefix"
>;

/** What a page may know of a provider: its data, without the function that calls it. */
export function providerChoice(provider: Provider): ProviderChoice {
  const { id, name, baseUrl, baseUrlExample, needsBaseUrl, needsKey, keyPrefix } = provider;
  return { id, name, baseUrl, baseUrlExample, needsBaseUrl, needsKey, keyPrefix };
}
