import { modelWord, namedModels } from "@/lib/iam/rules/named-models";
import type { ModelRule } from "@/lib/iam/rules/rule";

/** Only these models. */
export const allowModels: ModelRule = {
  about: "model",
  effect: "allow",
  compile: (value) => ({
    matches: namedModels(value),
    refusal: (model) => `Access denied: Model ${modelWord(model)} is not in the allowed models list`,
  }),
};
