import { expect, test } from "vitest";
import { providerKeyForm, sentFields } from "@/components/provider-keys/provider-key-form";

const typed = {
  projectId: "prj_1",
  scope: "organization" as const,
  provider: "openai" as const,
  key: "sk-0123456789",
  name: "",
  baseUrl: "",
  models: "",
  priority: "",
};

test("models are read one a line or with commas, each once; an empty order says nothing", () => {
  expect(sentFields({ ...typed, models: " gpt-4o-mini,gpt-4o\n\ngpt-4o \n" })).toMatchObject({
    scope: "organization",
    models: ["gpt-4o-mini", "gpt-4o"],
  });
  expect(sentFields(typed)).not.toHaveProperty("priority");
  expect(sentFields({ ...typed, priority: " 0 " })).toMatchObject({ priority: 0, models: [] });
});

test("an order that is no number from 0 to 1000 is refused at its field, and so are too many models", () => {
  for (const priority of ["-1", "1.5", "1001", "first"])
    expect(providerKeyForm.safeParse({ ...typed, priority }).error?.issues, priority).toMatchObject([
      { path: ["priority"] },
    ]);
  const models = Array.from({ length: 201 }, (_, index) => `model-${index}`).join("\n");
  expect(providerKeyForm.safeParse({ ...typed, models }).error?.issues).toMatchObject([{ path: ["models"] }]);
  expect(providerKeyForm.safeParse(typed).success).toBe(true);
});
