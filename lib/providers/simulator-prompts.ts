import { z } from "zod";
import { tokensIn } from "@/lib/providers/simulator-answer";

/** One prompt, or one text to embed. */
export interface SimulatedPrompt {
  text: string;
  tokens: number;
}

const Tokens = z.array(z.number().int().min(0)).min(1);

function ofText(text: string): SimulatedPrompt {
  return { text, tokens: Math.max(1, tokensIn(text)) };
}

/** The simulator knows no vocabulary: tokens that came as numbers read as these numbers. */
function ofTokens(tokens: readonly number[]): SimulatedPrompt {
  return { text: tokens.join(" "), tokens: tokens.length };
}

/** A text, several, tokens as numbers, or several lists of them (OpenAI's `prompt` and `input`). */
export const SimulatedPrompts = z.union([
  z.string().transform((text) => [ofText(text)]),
  z
    .array(z.string())
    .min(1)
    .transform((texts) => texts.map(ofText)),
  Tokens.transform((tokens) => [ofTokens(tokens)]),
  z
    .array(Tokens)
    .min(1)
    .transform((lists) => lists.map(ofTokens)),
]);
