import { MODELS } from "@/lib/catalog/models";
import { PROVIDER_IDS, type ProviderId } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";

/** What rules can name, as far as a page has to be told. */
export interface RuleCatalogue {
  models: { name: string; vendor: string }[];
  providers: { id: ProviderId; name: string }[];
}

/** The models and providers that there are. */
export function ruleCatalogue(): RuleCatalogue {
  return {
    models: MODELS.map(({ name, vendor }) => ({ name, vendor })),
    providers: PROVIDER_IDS.map((id) => ({ id, name: PROVIDERS[id].name })),
  };
}
