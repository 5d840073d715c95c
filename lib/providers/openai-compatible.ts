import { dropJsonMembers, jsonMembers, setJsonMembers } from "@/lib/core/json-members";
import { type HttpProviderSettings, httpProvider } from "@/lib/providers/http-provider";
import type { Provider } from "@/lib/providers/provider";

/** What makes a provider that speaks OpenAI's API differ from the next; what is left out is as at most of them. */
export interface OpenAiCompatibleSettings
  extends Pick<Provider, "id" | "name" | "baseUrl" | "keyPrefix" | "maxTokensField"> {
  /** Left out: `Authorization: Bearer`. */
  keyHeader?: HttpProviderSettings["keyHeader"];
  keyRefused?: HttpProviderSettings["keyRefused"];
  /** Set where `baseUrl` is null. */
  baseUrlExample?: string;
  /** Left out: yes. */
  needsKey?: boolean;
  /** Left out: yes. */
  takesStreamOptions?: boolean;
  /** Left out: no. */
  wantsReasoningBack?: boolean;
  /** Left out: no. */
  hasResponses?: boolean;
}

/** Whether it is worth a look: the name stands there, or something that may be it in escapes. */
function mayHave(body: string, name: string): boolean {
  return body.includes(`"${name}"`) || body.includes("\\u");
}

/**
 * The caller's maximum under the one name that such a provider is sure to know. Under the other it is ignored by some,
 * so that the answer outgrows its hold, and refused by others.
 */
function maximumAsMaxTokens(body: string): string {
  // The name is looked for first, since bodies are long and few have it.
  if (!mayHave(body, "max_completion_tokens")) return body;
  const member = jsonMembers(body).findLast(({ key }) => key === "max_completion_tokens");
  if (!member) return body;
  const maximum = body.slice(member.valueStart, member.valueEnd);
  const renamed = maximum === "null" ? body : setJsonMembers(body, { max_tokens: maximum });
  return dropJsonMembers(renamed, ["max_completion_tokens"]);
}

function withoutStreamOptions(body: string): string {
  return mayHave(body, "stream_options") ? dropJsonMembers(body, ["stream_options"]) : body;
}

/** A provider that speaks OpenAI's API: JSON, server-sent events. */
export function openAiCompatible(settings: OpenAiCompatibleSettings): Provider {
  const { takesStreamOptions = true, maxTokensField } = settings;
  return httpProvider({
    dialect: "openai",
    keyHeader: "authorization",
    needsKey: true,
    baseUrlExample: null,
    wantsReasoningBack: false,
    hasResponses: false,
    ...settings,
    takesStreamOptions,
    bodyFor: (body) => {
      const limited = maxTokensField === "max_tokens" ? maximumAsMaxTokens(body) : body;
      return takesStreamOptions ? limited : withoutStreamOptions(limited);
    },
  });
}
