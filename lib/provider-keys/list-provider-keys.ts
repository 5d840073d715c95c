import { type ProviderKeyView, providerKeyView } from "@/lib/provider-keys/provider-key-view";
import { findProviderKeys } from "@/lib/provider-keys/store";

/** The provider keys that serve a project, its organisation's included, in the order in which they are tried. */
export async function listProviderKeys(projectId: string): Promise<ProviderKeyView[]> {
  return (await findProviderKeys(projectId)).map(providerKeyView);
}
