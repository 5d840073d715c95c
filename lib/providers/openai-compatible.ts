import { type HttpProviderSettings, httpProvider } from "@/lib/providers/http-provider";
import type { Provider } from "@/lib/providers/provider";

/** What makes a provider that speaks OpenAI's API differ from the next; what is left out is as at most of them. */
export interface OpenAiCompatibleSettings
  extends Pick<Provider, "id" | "name" | "baseUrl" | "keyPrefix" | "maxTokensField"> {
  /** Left out: `Authorization: Bearer`. */
  keyHeader?: HttpProviderSettings["keyHeader"];
  /** Left out: yes. */
  needsKey?: boolean;
  /** Left out: yes. */
  takesStreamOptions?: boolean;
}

/** A provider that speaks OpenAI's API: JSON, server-sent events. */
export function openAiCompatible(settings: OpenAiCompatibleSettings): Provider {
  return httpProvider({
    dialect: "openai",
    keyHeader: "authorization",
    needsKey: true,
    takesStreamOptions: true,
    ...settings,
  });
}
