import { type ProviderKeyView, providerKeyView } from "@/lib/provider-keys/provider-key-view";
import { findProviderKeyPage, findProviderKeyRow } from "@/lib/provider-keys/store";

export interface ProviderKeyPage {
  /** null: of all organisations. */
  organizationId: string | null;
  projectId?: string | undefined;
  skip: number;
  limit: number;
}

/** A page of provider keys, newest first. */
export async function listProviderKeyPage({ skip, limit, ...filter }: ProviderKeyPage): Promise<ProviderKeyView[]> {
  return (await findProviderKeyPage(filter, skip, limit)).map(providerKeyView);
}

/** One provider key of whichever organisation; null when it is not there. */
export async function findProviderKeyView(providerKeyId: string): Promise<ProviderKeyView | null> {
  const row = await findProviderKeyRow(providerKeyId);
  return row && providerKeyView(row);
}
