import { namesOf } from "@/lib/catalog/model-names";
import type { Model } from "@/lib/catalog/models";
import { cleanText } from "@/lib/core/text";
import { storedModels } from "@/lib/iam/rules/values";

const LONGEST_NAME = 100;

/** Whether one of a rule's names is one of the model's, in any form; `*` at the end stands for any rest. */
export function namedModels(value: unknown): (model: Model) => boolean {
  const names = storedModels.parse(value).models.map((name) => name.toLowerCase());
  const whole = new Set(names.filter((name) => !name.endsWith("*")));
  const beginnings = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  return (model) => {
    for (const name of namesOf(model))
      if (whole.has(name) || beginnings.some((beginning) => name.startsWith(beginning))) return true;
    return false;
  };
}

/** How refusals call a model: its bare catalogue name, however it was asked for. */
export function modelWord({ name }: Pick<Model, "name">): string {
  return cleanText(name, LONGEST_NAME);
}
