import { modelWord, namedModels } from "@/lib/iam/rules/named-models";
import type { ModelRule } from "@/lib/iam/rules/rule";

/** None of these models. */
export const denyModels: ModelRule = {
  about: "model",
  effect: "deny",
  compile: (value) => ({
    matches: namedModels(value),
    refusal: (model) => `Access denied: Model ${modelWord(model)} is in the denied models list`,
  }),
};
