import { z } from "zod";

/** What is typed into the form of parameters; empty: as the model likes it. */
export interface ParameterFields {
  system: string;
  temperature: string;
  maxTokens: string;
  tools: string;
  /** Whatever else the request is to say: a JSON object. */
  other: string;
}

export const NO_PARAMETERS: ParameterFields = { system: "", temperature: "", maxTokens: "", tools: "", other: "" };

const TOOLS_ADVICE = 'Enter a JSON list such as [{"type": "function", "function": {"name": "…", "parameters": {…}}}]';

const OTHER_ADVICE = 'Enter a JSON object such as {"top_p": 0.9}, without what has a place of its own here';

/** Members that the playground says itself. */
const SAID_ELSEWHERE = ["model", "messages", "temperature", "max_tokens", "tools", "stream", "stream_options", "n"];

const otherMembers = z
  .record(z.string(), z.unknown())
  .refine((members) => !SAID_ELSEWHERE.some((name) => Object.hasOwn(members, name)));

const toolList = z.array(z.looseObject({ type: z.string() })).min(1);

/** JSON in a text field; empty: none. */
function jsonField<Value>(schema: z.ZodType<Value>, message: string) {
  return z
    .string()
    .trim()
    .transform((text, context): Value | null => {
      if (text === "") return null;
      try {
        const value = schema.safeParse(JSON.parse(text));
        if (value.success) return value.data;
      } catch {
        // Said below.
      }
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    });
}

/** A number in a text field; empty: none. */
function numberField(schema: z.ZodType<number>, message: string) {
  return z
    .string()
    .trim()
    .transform((text, context): number | null => {
      if (text === "") return null;
      const value = schema.safeParse(Number(text));
      if (value.success) return value.data;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    });
}

const parameterSchema = z.object({
  system: z.string(),
  temperature: numberField(z.number().min(0).max(2), "A number from 0 to 2"),
  maxTokens: numberField(z.int().min(1).max(1_000_000), "A whole number of at least 1"),
  tools: jsonField(toolList, TOOLS_ADVICE),
  other: jsonField(otherMembers, OTHER_ADVICE),
});

export type Parameters = z.output<typeof parameterSchema>;

/** Reads the form; what is wrong with which field, in words for its reader. */
export function readParameters(
  fields: ParameterFields,
): { ok: true; parameters: Parameters } | { ok: false; errors: Partial<Record<keyof ParameterFields, string>> } {
  const result = parameterSchema.safeParse(fields);
  if (result.success) return { ok: true, parameters: result.data };
  const { fieldErrors } = z.flattenError(result.error);
  const errors = Object.fromEntries(
    Object.entries(fieldErrors).flatMap(([name, [message]]) => (message === undefined ? [] : [[name, message]])),
  );
  return { ok: false, errors };
}

type ContentPart = { type: "text"; text: string } | { type: "image_url"; image_url: { url: string } };

/** A message in OpenAI's form. */
export type ChatMessage =
  | { role: "system"; content: string }
  | { role: "user"; content: string | ContentPart[] }
  | {
      role: "assistant";
      content: string | null;
      tool_calls?: { id: string; type: "function"; function: { name: string; arguments: string } }[];
    }
  | { role: "tool"; tool_call_id: string; content: string };

/** A chat request as clients send it, without streaming. */
export type ChatBody = {
  model: string;
  messages: ChatMessage[];
  temperature?: number;
  max_tokens?: number;
  tools?: z.infer<typeof toolList>;
  /** What the person adds by hand. */
  [other: string]: unknown;
};

/** The request for the next answer: what was said, after `earlier` messages. */
export function chatBody(
  model: string,
  { system, temperature, maxTokens, tools, other }: Parameters,
  earlier: readonly ChatMessage[],
  said: readonly ChatMessage[],
): ChatBody {
  return {
    model,
    messages: [...(system.trim() === "" ? [] : [{ role: "system" as const, content: system }]), ...earlier, ...said],
    ...(temperature === null ? {} : { temperature }),
    ...(maxTokens === null ? {} : { max_tokens: maxTokens }),
    ...(tools === null ? {} : { tools }),
    ...other,
  };
}
