import type { ProviderId } from "@/lib/providers/provider";

/** A provider that customers can bring a key for. */
export interface ProviderChoice {
  id: ProviderId;
  name: string;
}
