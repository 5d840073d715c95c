import { z } from "zod";
import { type DescribedOperation, NO_QUERY, NOTHING } from "@/lib/edge/described-operation";
import { ENDPOINTS, type Endpoint } from "@/lib/gateway/endpoints";
import { explainQuestion } from "@/lib/gateway/explain-model";
import { RULE_LEVELS } from "@/lib/iam/compile-rules";

/*
 * The gateway's own endpoints, as they are described. Their bodies are OpenAI's and Anthropic's: these schemas name what
 * the gateway itself looks at, and leave open what reaches the provider as it is.
 */

const usage = z.looseObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int().optional(),
  total_tokens: z.int(),
  cost: z.number().nullable().describe("USD; null where it is not known."),
  is_byok: z.boolean(),
  estimated: z.boolean().optional(),
});

const price = z.union([z.number(), z.string()]).optional();

const asked = {
  model: z.string().optional().describe("`gpt-4o-mini`, `openai/gpt-4o-mini`, `openai:gpt-4o-mini`, or `auto`."),
  models: z.array(z.string()).max(10).optional().describe("Models to try in order, after `model`."),
  provider: z
    .strictObject({
      order: z.array(z.string()).optional().describe("Providers to try first, in this order."),
      only: z.array(z.string()).optional().describe("The providers that may serve."),
      ignore: z.array(z.string()).optional().describe("The providers that may not."),
      allow_fallbacks: z.boolean().optional().describe("false: only the first way of each model is tried."),
      sort: z.enum(["price", "latency", "throughput"]).optional(),
      max_price: z
        .strictObject({ prompt: price, completion: price, request: price })
        .optional()
        .describe("USD for a million tokens, and for the request; whoever asks for more is left out."),
    })
    .optional()
    .describe("Preferences among providers. Taken out before the request goes on."),
};
const streamed = { stream: z.boolean().optional().describe("As server-sent events.") };
const user = z.string().optional().describe("Who is asking; the master key has to say it.");
const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).optional(),
});
/** A smaller one makes a smaller hold. */
const longest = z
  .int()
  .min(1)
  .optional()
  .describe("The longest answer, in tokens. A smaller one sets less money aside.");
const tools = z.array(z.looseObject({})).optional().describe("Functions that the model may ask to be called.");
const prompts = z.union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))]);

const completionAnswer = z.looseObject({
  id: z.string(),
  object: z.string(),
  model: z.string(),
  choices: z.array(z.looseObject({ index: z.int() })),
  usage,
});

const countBody = z.looseObject({ ...asked, messages: z.array(message).min(1) });

const modelAnswer = z
  .looseObject({
    id: z.string(),
    object: z.literal("model"),
    created: z.int(),
    owned_by: z.string(),
    context_length: z.int(),
    max_output_tokens: z.int(),
    providers: z.array(z.string()),
    pricing: z.looseObject({ prompt: z.string(), completion: z.string() }).nullable(),
  })
  .meta({ id: "Model" });

const generationAnswer = z
  .object({
    data: z.looseObject({
      id: z.string(),
      created_at: z.iso.datetime(),
      model: z.string(),
      endpoint: z.string(),
      total_cost: z.number().nullable(),
    }),
  })
  .meta({ id: "Generation" });

const creditsAnswer = z
  .object({
    data: z.object({ total_credits: z.number(), total_usage: z.number(), balance: z.string(), held: z.string() }),
  })
  .meta({ id: "Credits" });

const keyAnswer = z
  .object({
    data: z.looseObject({
      label: z.string(),
      name: z.string(),
      scopes: z.array(z.string()),
      limit: z.number().nullable(),
      limit_remaining: z.number().nullable(),
      usage: z.number(),
    }),
  })
  .meta({ id: "CallingKey" });

const explainAnswer = z
  .object({
    decision: z.enum(["allow", "deny"]),
    message: z.string().nullable().describe("What a denied request is told."),
    rule_id: z.string().nullable().describe("The rule that decided."),
    model: z.string(),
    endpoint: z.string(),
    rules: z.array(
      z.object({
        level: z.enum(RULE_LEVELS),
        id: z.string(),
        type: z.string(),
        verdict: z.enum(["allow", "pass", "narrow", "deny"]),
        reason: z.string(),
      }),
    ),
    providers: z.array(z.string()).describe("Who may serve it, as far as rules say."),
  })
  .meta({ id: "Explanation" });

type Described = Pick<DescribedOperation, "summary" | "answer"> &
  Partial<Pick<DescribedOperation, "query" | "body" | "streams">>;

/** A forgotten endpoint does not compile. */
const DESCRIPTIONS: Readonly<Record<Endpoint, Described>> = {
  "chat/completions": {
    summary: "Answer a chat, in OpenAI's form.",
    body: z.looseObject({
      ...asked,
      messages: z.array(message).min(1).describe("The conversation so far."),
      max_tokens: longest,
      ...streamed,
      stream_options: z
        .looseObject({ include_usage: z.boolean().optional().describe("A last chunk with tokens and cost.") })
        .optional(),
      tools,
      user,
    }),
    answer: completionAnswer,
    streams: true,
  },
  completions: {
    summary: "Continue a text, in OpenAI's older form.",
    body: z.looseObject({ ...asked, prompt: prompts.optional(), max_tokens: longest, ...streamed, user }),
    answer: completionAnswer,
    streams: true,
  },
  embeddings: {
    summary: "Make embeddings.",
    body: z.looseObject({ ...asked, input: prompts, user }),
    answer: z.looseObject({ object: z.string(), data: z.array(z.looseObject({ index: z.int() })), usage }),
  },
  responses: {
    summary: "Answer in the form of OpenAI's Responses API.",
    body: z.looseObject({
      ...asked,
      input: z.union([z.string(), z.array(z.looseObject({}))]).optional(),
      max_output_tokens: longest,
      ...streamed,
      tools,
      user,
    }),
    answer: z.looseObject({
      id: z.string(),
      object: z.literal("response"),
      status: z.string(),
      output: z.array(z.looseObject({ type: z.string() })),
    }),
    streams: true,
  },
  messages: {
    summary: "Answer a chat, in Anthropic's form.",
    body: countBody.extend({
      max_tokens: z.int().min(1).describe("The longest answer, in tokens. A smaller one sets less money aside."),
      ...streamed,
      tools,
      metadata: z.looseObject({ user_id: user }).optional(),
    }),
    answer: z.looseObject({ id: z.string(), type: z.literal("message"), content: z.array(z.looseObject({})) }),
    streams: true,
  },
  "messages/count_tokens": {
    summary: "Count the tokens of a message.",
    body: countBody,
    answer: z.looseObject({ input_tokens: z.int() }),
  },
  models: {
    summary: "List the models that this key may call.",
    answer: z.object({ object: z.literal("list"), data: z.array(modelAnswer) }),
  },
  "models/{id}": { summary: "Read one model, under any of its names.", answer: modelAnswer },
  generation: {
    summary: "Read the receipt of a request.",
    query: z.object({ id: z.string() }),
    answer: generationAnswer,
  },
  "generation/{id}": { summary: "Read the receipt of a request.", answer: generationAnswer },
  credits: { summary: "Read the organisation's credits.", answer: creditsAnswer },
  key: { summary: "Read the calling key.", answer: keyAnswer },
  "iam/explain": {
    summary: "Ask what rules say of a model, and who is left to serve it.",
    body: explainQuestion,
    answer: explainAnswer,
  },
};

function isEndpoint(name: string): name is Endpoint {
  return Object.hasOwn(ENDPOINTS, name);
}

/** The gateway's endpoints, described. */
export const GATEWAY_OPERATIONS: readonly DescribedOperation[] = Object.keys(ENDPOINTS)
  .filter(isEndpoint)
  .map((path) => ({
    method: ENDPOINTS[path].method,
    path,
    scope: ENDPOINTS[path].scope,
    masterOnly: false,
    query: NO_QUERY,
    body: NOTHING,
    bodyOptional: false,
    streams: false,
    ...DESCRIPTIONS[path],
  }));
