import { openai } from "@/lib/providers/openai";
import type { Provider, ProviderId } from "@/lib/providers/provider";
import { simulator } from "@/lib/providers/simulator";

/** Every provider; a forgotten one does not compile. */
export const PROVIDERS: Readonly<Record<ProviderId, Provider>> = { openai, simulator };
