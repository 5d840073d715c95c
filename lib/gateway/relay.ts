import type { Usage } from "@/lib/catalog/price";
import { GatewayError } from "@/lib/core/errors";
import type { RawEvent } from "@/lib/core/sse";
import { dressAnswer, usageChunk } from "@/lib/gateway/answer";
import { DIALECTS } from "@/lib/gateway/dialect";
import { providerText, upstreamFailure } from "@/lib/gateway/fallback";
import type { ModelRequest } from "@/lib/gateway/parse";
import type { Tapped } from "@/lib/gateway/tap";

/** How a stream ended, for its receipt. */
export interface RelayEnd {
  tapped: Tapped;
  /** performance.now() at the first generated token; null when there was none. */
  firstTokenAt: number | null;
  end: "complete" | "cut" | "cancelled";
  error: GatewayError | null;
}

export interface RelayOptions {
  request: ModelRequest;
  /** The name that the caller reads for the model. */
  model: string;
  events: AsyncIterable<RawEvent>;
  requestId: string;
  provider: string;
  isByok: boolean;
  /** Masks the provider key in what the provider says. */
  mask: (text: string) => string;
  /** Aborted when the caller is gone; ends the upstream call. */
  signal: AbortSignal;
  /** What usage costs, as the caller reads it; null: not known. */
  priceOf: (tapped: Tapped) => Promise<{ usage: Usage; cost: number | null }>;
  /** Called exactly once, however the stream ends. */
  onEnd: (end: RelayEnd) => Promise<void>;
}

function eventOf(data: string): Uint8Array {
  return Buffer.from(`data: ${data}\n\n`);
}

/**
 * Passes a stream of completion chunks on as it comes, event by event, while a tap listens. Bytes stay as they are but for
 * the model's name and the usage chunk, which reaches only those who asked for it. A failure midway becomes one error
 * event and the end. However it ends, `onEnd` is called once, and before the stream's last byte is.
 */
export async function* relay(options: RelayOptions): AsyncGenerator<Uint8Array> {
  const { request, model, signal, isByok } = options;
  const dialect = DIALECTS[request.dialect];
  const tap = dialect.tapStream();
  let firstTokenAt: number | null = null;
  let finished = false;
  let created = 0;
  let passed: Readonly<Record<string, unknown>> | null = null;

  const finish = async (end: RelayEnd["end"], error: GatewayError | null): Promise<void> => {
    if (finished) return;
    finished = true;
    await options.onEnd({ tapped: tap.result(), firstTokenAt, end, error });
  };
  try {
    let error: GatewayError | null = null;
    let done = false;
    let last = dialect.stream.end;
    let usageSent = false;
    try {
      for await (const event of options.events) {
        if (event.data === null) {
          yield event.raw;
          continue;
        }
        const { kind, value } = tap.event(event.data);
        if (kind === "content") firstTokenAt ??= performance.now();
        if (typeof value?.created === "number") created = value.created;
        if (kind === "done") {
          done = true;
          // An end that is an event of its own passes on once the books are done with the stream.
          if (dialect.stream.end === null) last = dialect.stream.named(event, value, model);
          break;
        }
        if (kind === "error") {
          error = new GatewayError(
            "upstream_error",
            providerText(options.mask(event.data)) || `The provider ${options.provider} failed.`,
            {
              metadata: { provider: options.provider },
            },
          );
          break;
        }
        if (kind === "usage" && dialect.stream.hasUsageChunk) {
          usageSent = true;
          if (!request.wantsUsage) continue;
          const { usage, cost } = await options.priceOf(tap.result());
          yield eventOf(dressAnswer(event.data, value ?? {}, model, usage, cost, isByok));
          continue;
        }
        passed = value;
        yield dialect.stream.named(event, value, model);
      }
      if (!done && error === null && tap.result().finishReason === null)
        error = upstreamFailure(null, options.provider);
    } catch (failure) {
      if (signal.aborted) return;
      error = upstreamFailure(failure, options.provider);
    }
    if (error === null && request.wantsUsage && !usageSent && dialect.stream.hasUsageChunk) {
      const { usage, cost } = await options.priceOf(tap.result());
      const object = request.path === "completions" ? "text_completion" : "chat.completion.chunk";
      yield eventOf(usageChunk(options.requestId, object, created, model, usage, cost, isByok));
    }
    await finish(error === null ? "complete" : "cut", error);
    if (error !== null) yield dialect.stream.error(error, options.requestId, passed);
    if (last !== null) yield last;
  } finally {
    await finish("cancelled", null);
  }
}
