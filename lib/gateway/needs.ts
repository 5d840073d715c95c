import type { Capability, Modality, Model, Offer } from "@/lib/catalog/models";
import { modalitiesIn } from "@/lib/gateway/modalities";
import type { ModelRequest } from "@/lib/gateway/parse";
import { FRAMING_TOKENS } from "@/lib/gateway/plan";

/** What a model has to be able to do, so that a request can be asked of it. */
export interface Needs {
  capabilities: ReadonlySet<Capability>;
  input: ReadonlySet<Modality>;
  /** Tokens of prompt. Those of images and files are not known, so they are not in it. */
  promptTokens: number;
  /** Tokens of one answer; null where the caller set no maximum. */
  answerTokens: number | null;
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function isFull(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** Where each dialect says that an answer has to follow a schema. */
function wantsSchema(body: unknown): boolean {
  const formats = [
    member(body, "response_format"),
    member(body, "output_format"),
    member(member(body, "output_config"), "format"),
    member(member(body, "text"), "format"),
  ];
  return formats.some((format) => member(format, "type") === "json_schema");
}

/** What a chat needs, read from its body. */
export function needsOf(request: ModelRequest): Needs {
  const { body } = request;
  const input = modalitiesIn(body);
  const capabilities = new Set<Capability>();
  if (input.has("image")) capabilities.add("vision");
  if (isFull(member(body, "tools")) || isFull(member(body, "functions"))) capabilities.add("tools");
  if (wantsSchema(body)) capabilities.add("json_schema");
  // What is no text is in the body too, as bytes that say nothing of its tokens.
  const most = request.textOnly ? request.mostPromptTokens : Buffer.byteLength(request.promptText());
  return { capabilities, input, promptTokens: most + FRAMING_TOKENS, answerTokens: request.maxTokens };
}

/** Whether a model can do it, and in how many tokens one of its offers has to: those are `offerFits`'s. */
export function modelFits(model: Model, { capabilities, input }: Needs): boolean {
  return (
    [...capabilities].every((capability) => model.capabilities.includes(capability)) &&
    [...input].every(
      (modality) =>
        // The catalogue says of images what its capabilities say.
        modality === "image" || model.modalities.input.includes(modality),
    )
  );
}

/** Whether prompt and answer are within what this provider of the model allows. */
export function offerFits(model: Model, offer: Offer, { promptTokens, answerTokens }: Needs): boolean {
  return (
    promptTokens <= (offer.contextWindow ?? model.contextWindow) &&
    (answerTokens ?? 0) <= (offer.maxOutput ?? model.maxOutput)
  );
}

/** In words, for a refusal. */
export function needsText({ capabilities, input, promptTokens, answerTokens }: Needs): string {
  const modalities = [...input].filter((modality) => modality !== "image");
  return [
    ...[...capabilities, ...modalities].map(String),
    `${promptTokens} tokens of prompt`,
    ...(answerTokens ? [`${answerTokens} tokens of answer`] : []),
  ].join(", ");
}
