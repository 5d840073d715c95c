import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import Anthropic from "@anthropic-ai/sdk";
import {
  APICallError,
  embed,
  generateText,
  jsonSchema,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import OpenAI from "openai";
import { isRecord } from "@/lib/core/is-record";
import type { Endpoint } from "@/lib/gateway/endpoints";
import { trace } from "@/lib/testing/leaks";

/** Whom a client calls, and for what. */
export interface Asking {
  /** `http://127.0.0.1:<port>`, without `/v1`. */
  url: string;
  secret: string;
  model: string;
}

export const PROMPT = "Hello, who are you?";
export const TOOL = {
  name: "weather",
  description: "The weather somewhere",
  parameters: {
    type: "object" as const,
    properties: { city: { type: "string" as const } },
    required: ["city"],
    additionalProperties: false,
  },
};
/** What the caller's tool answers. */
export const TOOL_ANSWER = "Sunny, 21 degrees";
export const SCHEMA = {
  type: "object" as const,
  properties: { city: { type: "string" as const }, degrees: { type: "integer" as const } },
  required: ["city", "degrees"],
  additionalProperties: false,
};
/** A picture of one pixel. */
export const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** What a client was told went wrong. */
export interface Failure {
  /** The class of the client's own error. */
  name: string;
  status: number | undefined;
  message: string;
}

/** What is asked of a client; each promise is about what the client's user sees. */
export interface Skills {
  /** A whole answer's text. */
  text: (asking: Asking) => Promise<string>;
  /** A streamed answer's pieces of text. */
  stream: (asking: Asking) => Promise<string[]>;
  /** The input of the tool that the model called, and its text after `TOOL_ANSWER`. */
  tools: (asking: Asking) => Promise<{ input: unknown; text: string }>;
  /** An answer that follows `SCHEMA`. */
  schema: (asking: Asking) => Promise<unknown>;
  /** What is said about `PICTURE`. */
  image: (asking: Asking) => Promise<string>;
  /** What a plain call fails with. */
  failure: (asking: Asking) => Promise<Failure>;
  /** Leaves a stream after its first piece of text. */
  abort: (asking: Asking) => Promise<void>;
  completions: (asking: Asking) => Promise<string>;
  embeddings: (asking: Asking) => Promise<readonly number[]>;
  countTokens: (asking: Asking) => Promise<number>;
  /** The ids of the list, and that of the one asked for. */
  models: (asking: Asking) => Promise<{ listed: string[]; one: string }>;
}
export type Skill = keyof Skills;

/** What a client does, at which endpoints; or why it cannot. */
export type Able<Name extends Skill> = { endpoints: readonly Endpoint[]; run: Skills[Name] } | { impossible: string };

/** A client library as its users use it. */
export interface Client {
  can: { readonly [Name in Skill]: Able<Name> };
  /** The class of its error for a status. */
  errors: (status: number) => string;
}

const STATUS_ERRORS: Readonly<Record<number, string>> = {
  401: "AuthenticationError",
  403: "PermissionDeniedError",
  429: "RateLimitError",
};
/** The `openai` package and Anthropic's are made by the same generator. */
const statusError = (status: number) => STATUS_ERRORS[status] ?? (status >= 500 ? "InternalServerError" : "APIError");

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    trace("refusals", `${error.message}\n`);
    const status = isRecord(error) ? (error.status ?? error.statusCode) : undefined;
    return {
      name: APICallError.isInstance(error) ? "APICallError" : error.constructor.name,
      status: typeof status === "number" ? status : undefined,
      message: error.message,
    };
  }
  throw new Error("the call did not fail");
}

const MAX_TOKENS = 200;

// ---- the openai package ----

const openAi = ({ url, secret }: Asking) => new OpenAI({ apiKey: secret, baseURL: `${url}/v1`, maxRetries: 0 });
const asked = [{ role: "user" as const, content: PROMPT }];
const openAiText = async (asking: Asking) => {
  const { model } = asking;
  const answer = await openAi(asking).chat.completions.create({ model, messages: asked, max_tokens: MAX_TOKENS });
  return answer.choices[0]?.message.content ?? "";
};

const CHAT: readonly Endpoint[] = ["chat/completions"];

const openAiClient: Client = {
  errors: statusError,
  can: {
    text: { endpoints: CHAT, run: openAiText },
    failure: { endpoints: CHAT, run: (asking) => failureOf(openAiText(asking)) },
    stream: {
      endpoints: CHAT,
      run: async (asking) => {
        const { model } = asking;
        const pieces: string[] = [];
        const body = { model, messages: asked, max_tokens: MAX_TOKENS, stream: true as const };
        for await (const chunk of await openAi(asking).chat.completions.create(body)) {
          const piece = chunk.choices[0]?.delta.content;
          if (piece) pieces.push(piece);
        }
        return pieces;
      },
    },
    tools: {
      endpoints: CHAT,
      run: async (asking) => {
        const body = {
          model: asking.model,
          max_tokens: MAX_TOKENS,
          tools: [{ type: "function" as const, function: TOOL }],
        };
        const client = openAi(asking);
        const first = await client.chat.completions.create({ ...body, messages: asked });
        const message = first.choices[0]?.message;
        const call = message?.tool_calls?.[0];
        if (!message || call?.type !== "function") throw new Error("no tool was called");
        const messages = [...asked, message, { role: "tool" as const, tool_call_id: call.id, content: TOOL_ANSWER }];
        const second = await client.chat.completions.create({ ...body, messages });
        return { input: JSON.parse(call.function.arguments), text: second.choices[0]?.message.content ?? "" };
      },
    },
    schema: {
      endpoints: CHAT,
      run: async (asking) => {
        const answer = await openAi(asking).chat.completions.create({
          model: asking.model,
          messages: asked,
          max_tokens: MAX_TOKENS,
          response_format: { type: "json_schema", json_schema: { name: "weather", strict: true, schema: SCHEMA } },
        });
        return JSON.parse(answer.choices[0]?.message.content ?? "");
      },
    },
    image: {
      endpoints: CHAT,
      run: async (asking) => {
        const content = [
          { type: "text" as const, text: "What is this?" },
          { type: "image_url" as const, image_url: { url: `data:image/png;base64,${PICTURE}` } },
        ];
        const answer = await openAi(asking).chat.completions.create({
          model: asking.model,
          messages: [{ role: "user", content }],
          max_tokens: MAX_TOKENS,
        });
        return answer.choices[0]?.message.content ?? "";
      },
    },
    abort: {
      endpoints: CHAT,
      run: async (asking) => {
        const { model } = asking;
        const stream = await openAi(asking).chat.completions.create({
          model,
          messages: asked,
          max_tokens: MAX_TOKENS,
          stream: true,
        });
        for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stream.controller.abort();
      },
    },
    completions: {
      endpoints: ["completions"],
      run: async (asking) => {
        const body = { model: asking.model, prompt: PROMPT, max_tokens: MAX_TOKENS };
        return (await openAi(asking).completions.create(body)).choices[0]?.text ?? "";
      },
    },
    embeddings: {
      endpoints: ["embeddings"],
      run: async (asking) =>
        (await openAi(asking).embeddings.create({ model: asking.model, input: PROMPT })).data[0]?.embedding ?? [],
    },
    countTokens: { impossible: "the openai package counts the tokens of its Responses API alone" },
    models: {
      endpoints: ["models", "models/{id}"],
      run: async (asking) => {
        const client = openAi(asking);
        const listed = await client.models.list();
        return { listed: listed.data.map(({ id }) => id), one: (await client.models.retrieve(asking.model)).id };
      },
    },
  },
};

// ---- Anthropic's package ----

const anthropic = ({ url, secret }: Asking) => new Anthropic({ apiKey: secret, baseURL: url, maxRetries: 0 });
const textIn = (message: Anthropic.Message) =>
  message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
const anthropicText = async (asking: Asking) => {
  const { model } = asking;
  return textIn(await anthropic(asking).messages.create({ model, messages: asked, max_tokens: MAX_TOKENS }));
};

const MESSAGES: readonly Endpoint[] = ["messages"];

const anthropicClient: Client = {
  errors: statusError,
  can: {
    text: { endpoints: MESSAGES, run: anthropicText },
    failure: { endpoints: MESSAGES, run: (asking) => failureOf(anthropicText(asking)) },
    stream: {
      endpoints: MESSAGES,
      run: async (asking) => {
        const { model } = asking;
        const pieces: string[] = [];
        const stream = anthropic(asking).messages.stream({ model, messages: asked, max_tokens: MAX_TOKENS });
        stream.on("text", (piece) => pieces.push(piece));
        expectSame(await stream.finalText(), pieces.join(""));
        return pieces;
      },
    },
    tools: {
      endpoints: MESSAGES,
      run: async (asking) => {
        const { parameters, ...named } = TOOL;
        const body = {
          model: asking.model,
          max_tokens: MAX_TOKENS,
          tools: [{ ...named, input_schema: parameters }],
        };
        const client = anthropic(asking);
        const first = await client.messages.create({ ...body, messages: asked });
        const call = first.content.find((block) => block.type === "tool_use");
        if (!call) throw new Error("no tool was called");
        const result = { type: "tool_result" as const, tool_use_id: call.id, content: TOOL_ANSWER };
        const messages: Anthropic.MessageParam[] = [
          ...asked,
          { role: "assistant", content: first.content },
          { role: "user", content: [result] },
        ];
        return { input: call.input, text: textIn(await client.messages.create({ ...body, messages })) };
      },
    },
    schema: {
      endpoints: MESSAGES,
      run: async (asking) => {
        const answer = await anthropic(asking).messages.create({
          model: asking.model,
          messages: asked,
          max_tokens: MAX_TOKENS,
          output_config: { format: { type: "json_schema", schema: SCHEMA } },
        });
        return JSON.parse(textIn(answer));
      },
    },
    image: {
      endpoints: MESSAGES,
      run: async (asking) => {
        const source = { type: "base64" as const, media_type: "image/png" as const, data: PICTURE };
        const answer = await anthropic(asking).messages.create({
          model: asking.model,
          max_tokens: MAX_TOKENS,
          messages: [
            {
              role: "user",
              content: [
                { type: "text", text: "What is this?" },
                { type: "image", source },
              ],
            },
          ],
        });
        return textIn(answer);
      },
    },
    abort: {
      endpoints: MESSAGES,
      run: async (asking) => {
        const { model } = asking;
        const stream = await anthropic(asking).messages.create({
          model,
          messages: asked,
          max_tokens: MAX_TOKENS,
          stream: true,
        });
        for await (const event of stream) if (event.type === "content_block_delta") stream.controller.abort();
      },
    },
    completions: { impossible: "Anthropic's package has OpenAI's older completions not at all" },
    embeddings: { impossible: "Anthropic has no embeddings, so neither has its package" },
    countTokens: {
      endpoints: ["messages/count_tokens"],
      run: async (asking) =>
        (await anthropic(asking).messages.countTokens({ model: asking.model, messages: asked })).input_tokens,
    },
    models: {
      endpoints: ["models", "models/{id}"],
      run: async (asking) => {
        const client = anthropic(asking);
        const { data } = await client.models.list();
        return { listed: data.map(({ id }) => id), one: (await client.models.retrieve(asking.model)).id };
      },
    },
  },
};

// ---- the AI SDK ----

function expectSame(found: string, wanted: string): void {
  if (found !== wanted) throw new Error(`the client says ${found} and ${wanted} of the same answer`);
}

/** The AI SDK over one of its providers. */
function aiClient(
  endpoints: readonly Endpoint[],
  modelOf: (asking: Asking) => LanguageModel,
  embeddings: Able<"embeddings">,
): Client {
  const settings = (asking: Asking) => ({ model: modelOf(asking), maxRetries: 0, maxOutputTokens: MAX_TOKENS });
  const text = async (asking: Asking) => (await generateText({ ...settings(asking), prompt: PROMPT })).text;
  return {
    errors: () => "APICallError",
    can: {
      text: { endpoints, run: text },
      failure: { endpoints, run: (asking) => failureOf(text(asking)) },
      stream: {
        endpoints,
        run: async (asking) => {
          const pieces: string[] = [];
          const answer = streamText({ ...settings(asking), prompt: PROMPT });
          for await (const piece of answer.textStream) pieces.push(piece);
          return pieces;
        },
      },
      tools: {
        endpoints,
        run: async (asking) => {
          const inputs: unknown[] = [];
          const execute = async (input: unknown) => {
            inputs.push(input);
            return TOOL_ANSWER;
          };
          const { description, parameters } = TOOL;
          const tools = { [TOOL.name]: tool({ description, inputSchema: jsonSchema(parameters), execute }) };
          const answer = await generateText({ ...settings(asking), prompt: PROMPT, tools, stopWhen: stepCountIs(2) });
          return { input: inputs[0], text: answer.text };
        },
      },
      schema: {
        endpoints,
        run: async (asking) => {
          const output = Output.object({ schema: jsonSchema(SCHEMA) });
          return (await generateText({ ...settings(asking), prompt: PROMPT, output })).output;
        },
      },
      image: {
        endpoints,
        run: async (asking) => {
          const content = [
            { type: "text" as const, text: "What is this?" },
            { type: "image" as const, image: PICTURE, mediaType: "image/png" },
          ];
          return (await generateText({ ...settings(asking), messages: [{ role: "user", content }] })).text;
        },
      },
      abort: {
        endpoints,
        run: async (asking) => {
          const leaving = new AbortController();
          const answer = streamText({ ...settings(asking), prompt: PROMPT, abortSignal: leaving.signal });
          for await (const piece of answer.textStream) if (piece !== "") leaving.abort();
        },
      },
      completions: { impossible: "the AI SDK asks chat models; its older completions are a model of their own kind" },
      embeddings,
      countTokens: { impossible: "the AI SDK does not count tokens" },
      models: { impossible: "the AI SDK does not list models" },
    },
  };
}

const compatible = ({ url, secret }: Asking) =>
  createOpenAICompatible({
    name: "turnpike",
    apiKey: secret,
    baseURL: `${url}/v1`,
    supportsStructuredOutputs: true,
  });

/**
 * Every client library that the gateway is shown to serve. One more, or one more skill, is one more entry here: the
 * matrix goes through all of them, and what is forgotten does not compile.
 */
export const CLIENTS = {
  openai: openAiClient,
  "@anthropic-ai/sdk": anthropicClient,
  "ai with @ai-sdk/openai-compatible": aiClient(CHAT, (asking) => compatible(asking)(asking.model), {
    endpoints: ["embeddings"],
    run: async (asking) => {
      const model = compatible(asking).embeddingModel(asking.model);
      return (await embed({ model, value: PROMPT, maxRetries: 0 })).embedding;
    },
  }),
  "ai with @ai-sdk/anthropic": aiClient(
    MESSAGES,
    ({ url, secret, model }) => createAnthropic({ apiKey: secret, baseURL: `${url}/v1` })(model),
    { impossible: "@ai-sdk/anthropic has no embeddings" },
  ),
} as const satisfies Record<string, Client>;
export type ClientName = keyof typeof CLIENTS;
