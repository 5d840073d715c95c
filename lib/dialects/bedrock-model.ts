import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import type { LanguageModelV3, LanguageModelV3StreamPart } from "@ai-sdk/provider";

type Fetch = typeof globalThis.fetch;

/** Where a call to Bedrock goes, as `Upstream` says it. */
export interface BedrockUpstream {
  baseUrl: string;
  key: string;
  model: string;
  fetch: Fetch;
}

/** Each message of AWS's event stream begins with its length in bytes, in 4 bytes; the least is 16 (AWS, "Event stream encoding"). */
const LENGTH_BYTES = 4;
const LEAST_MESSAGE = 16;

/**
 * Passes whole messages of an event stream on, and drops the beginning of one that never came to its end: over that the
 * AI SDK would fail, and a web stream that fails drops what has arrived and was not read yet.
 */
function wholeMessages(): TransformStream<Uint8Array, Uint8Array> {
  let rest = Buffer.alloc(0);
  return new TransformStream({
    transform(chunk, controller) {
      rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      let end = 0;
      while (rest.length - end >= LENGTH_BYTES) {
        // What says less is no event stream, which the AI SDK finds out by itself.
        const length = Math.max(rest.readUInt32BE(end), LEAST_MESSAGE);
        if (rest.length - end < length) break;
        end += length;
      }
      if (end > 0) controller.enqueue(new Uint8Array(rest.subarray(0, end)));
      rest = rest.subarray(end);
    },
  });
}

function givingWholeMessages(fetch: Fetch): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const isStream = response.headers.get("content-type")?.startsWith("application/vnd.amazon.eventstream");
    if (!isStream || response.body === null) return response;
    const { status, headers } = response;
    return new Response(response.body.pipeThrough(wholeMessages()), { status, headers });
  };
}

const CUT_OFF = { message: "The provider's stream ended without a reason to stop." };

/**
 * A stream's parts without what the AI SDK adds of its own: the answer's metadata, before Bedrock has said anything, and
 * the end of an answer that has none, as if it were whole.
 */
function asSaid(): TransformStream<LanguageModelV3StreamPart, LanguageModelV3StreamPart> {
  return new TransformStream({
    transform(part, controller) {
      if (part.type === "response-metadata") return;
      const isCutOff = part.type === "finish" && part.finishReason.raw === undefined;
      controller.enqueue(isCutOff ? { type: "error", error: CUT_OFF } : part);
    },
  });
}

/** The AI SDK's model for Amazon Bedrock's Converse API. */
export function bedrockModel({ baseUrl, key, model, fetch }: BedrockUpstream): LanguageModelV3 {
  const bedrock = createAmazonBedrock({ baseURL: baseUrl, apiKey: key, fetch: givingWholeMessages(fetch) })(model);
  return {
    specificationVersion: bedrock.specificationVersion,
    provider: bedrock.provider,
    modelId: bedrock.modelId,
    supportedUrls: bedrock.supportedUrls,
    doGenerate: (options) => bedrock.doGenerate(options),
    doStream: async (options) => {
      const result = await bedrock.doStream(options);
      return { ...result, stream: result.stream.pipeThrough(asSaid()) };
    },
  };
}
