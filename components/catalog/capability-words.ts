import type { Capability, Modality } from "@/lib/catalog/models";

/** What a model can do, as people read it. */
export const CAPABILITY_WORDS: Readonly<Record<Capability, string>> = {
  streaming: "Streaming",
  tools: "Tools",
  vision: "Vision",
  json_schema: "JSON schema",
  reasoning: "Reasoning",
};

/** What goes into a model or comes out of it. */
export const MODALITY_WORDS: Readonly<Record<Modality, string>> = {
  text: "Text",
  image: "Images",
  audio: "Audio",
  video: "Video",
  pdf: "PDF",
};
