import { expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import type { Pools } from "@/lib/gateway/plan";
import { modelAccess, projectCaller } from "@/lib/gateway/project-access";
import type { ProjectView } from "@/lib/projects/project-view";
import type { ProviderKeyView } from "@/lib/provider-keys/provider-key-view";

const PROJECT: ProjectView = {
  id: "prj_1",
  organizationId: "org_1",
  organizationName: "Ours",
  name: "First",
  mode: "api_keys",
  retention: "metadata",
  cacheTtlSeconds: null,
  isDefault: false,
  isPaused: false,
  createdAt: "2026-11-21T00:00:00.000Z",
  role: "owner",
};
const OPENAI_KEY: ProviderKeyView = {
  id: "pvk_1",
  organizationId: "org_1",
  projectId: "prj_1",
  provider: "openai",
  name: null,
  lastFour: "wxyz",
  baseUrl: null,
  models: [],
  priority: 0,
  isActive: true,
  scope: "project",
  createdAt: "2026-11-21T00:00:00.000Z",
  lastError: null,
  lastErrorAt: null,
};
const NO_POOL: Pools = () => ({ keys: [] });
const MINI = findModel("gpt-4o-mini").model;

test("an own provider key opens its provider's models, and a switched-off one does not", () => {
  const access = (key: ProviderKeyView) => modelAccess(projectCaller(PROJECT, [key], []), MINI, NO_POOL);
  expect(access(OPENAI_KEY)).toEqual({ servedBy: ["openai"], refusal: null });
  expect(access({ ...OPENAI_KEY, isActive: false }).servedBy).toEqual([]);
  expect(access({ ...OPENAI_KEY, models: ["gpt-4o"] }).servedBy).toEqual([]);
});

test("what nobody would serve is refused in the words that a caller reads", () => {
  const { refusal } = modelAccess(projectCaller(PROJECT, [], []), MINI, NO_POOL);
  expect(refusal).toMatch(/^No API key set for provider: openai\./);
});

test("with credits the installation's keys open models, and own keys do not", () => {
  const credits = projectCaller({ ...PROJECT, mode: "credits" }, [OPENAI_KEY], []);
  expect(modelAccess(credits, MINI, NO_POOL).servedBy).toEqual([]);
  const pooled: Pools = (provider) => ({ keys: provider === "azure" ? [] : ["sk-pool"] });
  expect(modelAccess(credits, MINI, pooled).servedBy).toEqual(["openai", "openrouter"]);
});

test("the project's rules take away what they deny, in their own words", () => {
  const rule = { id: "rule_1", level: "project", type: "deny_models", value: { models: ["gpt-4o-mini"] } } as const;
  const { servedBy, refusal } = modelAccess(projectCaller(PROJECT, [OPENAI_KEY], [rule]), MINI, NO_POOL);
  expect(servedBy).toEqual([]);
  expect(refusal).toBe("Access denied: Model gpt-4o-mini is in the denied models list");
});
