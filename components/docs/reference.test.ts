import { expect, test } from "vitest";
import { readReference } from "@/components/docs/read-reference";
import { operationsOf, REFERENCE_GROUPS } from "@/components/docs/reference-groups";
import { operationSnippets } from "@/components/docs/reference-snippets";
import { DESCRIBED, openApiDocument } from "@/lib/edge/openapi";

const operations = readReference(openApiDocument());
const BASE_URL = "https://gateway.example/api/v1";

function operation(method: string, path: string) {
  const found = operations.find((one) => one.method === method && one.path === path);
  if (!found) throw new Error(`no ${method} ${path}`);
  return found;
}

test("every call that is described is shown on one page of the reference, once", () => {
  const shown = REFERENCE_GROUPS.flatMap((group) => operationsOf(group, operations));
  expect(shown.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
    DESCRIBED.map(({ method, path }) => `${method} ${path}`).sort(),
  );
  for (const group of REFERENCE_GROUPS) expect(operationsOf(group, operations), group.id).not.toEqual([]);
});

test("fields tell their type, whether they are needed, what they may be and what they are when left out", () => {
  const { body, parameters, answer, errors } = operation("POST", "keys");
  expect(parameters).toEqual([]);
  const field = (name: string) => body?.fields.find((one) => one.name === name);
  expect(field("key_name")).toMatchObject({ type: "string", isRequired: true, default: null });
  expect(field("environment")).toMatchObject({ values: ["live", "test"], default: '"live"', isRequired: false });
  expect(field("usage_limit")).toMatchObject({ type: "string or number or null", description: 'USD, such as "1.25".' });
  expect(field("rate_limit_rpm")?.type).toBe("integer or null");
  expect(field("expires_at")?.type).toContain("time");
  expect(field("iam_rules")?.fields.map(({ name }) => name)).toEqual(["type", "value", "status", "id", "created_at"]);
  expect(body?.isOpen).toBe(false);
  expect(answer?.fields.map(({ name }) => name)).toContain("key");
  expect(errors).toContainEqual({ status: "422", codes: ["invalid_body"] });
});

test("lists, answers without a body, streams and open bodies are told apart", () => {
  expect(operation("GET", "keys").answer).toMatchObject({ isList: true });
  expect(operation("GET", "keys").answer?.fields.map(({ name }) => name)).toContain("key_preview");
  expect(operation("DELETE", "keys/{id}").answer).toBeNull();
  expect(operation("POST", "chat/completions")).toMatchObject({ streams: true, body: { isOpen: true } });
  expect(operation("GET", "models").answer?.fields.find(({ name }) => name === "data")?.fields).not.toEqual([]);
});

test("snippets carry the reader's address and the example, in each language", () => {
  const [curl, python, typescript] = operationSnippets(operation("PATCH", "users/{id}"), BASE_URL);
  expect(curl?.code).toBe(`curl -X PATCH ${BASE_URL}/users/user-123 \\
  -H "Authorization: Bearer $TURNPIKE_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{ "blocked": true }'`);
  expect(python?.code).toContain('json={"blocked": True},');
  expect(typescript?.code).toContain('method: "PATCH",');
  expect(typescript?.code).toContain("blocked: true");
  expect(operationSnippets(operation("GET", "generation"), BASE_URL)[0]?.code).toContain("/generation?id=gen_");
  expect(operationSnippets(operation("DELETE", "keys/{id}"), BASE_URL)[2]?.code).toContain("response.status)");
});

test("calls that clients have a library for are made with it; Anthropic's adds the version itself", () => {
  const chat = operationSnippets(operation("POST", "chat/completions"), BASE_URL);
  expect(chat[1]?.code).toContain('client.chat.completions.create(\n    model="openai/gpt-4o-mini",');
  const messages = operationSnippets(operation("POST", "messages"), BASE_URL);
  expect(messages[2]?.code).toContain('baseURL: "https://gateway.example/api"');
});

test("every example in an address is one of ours, never an ellipsis", () => {
  for (const one of operations)
    for (const { code } of operationSnippets(one, BASE_URL))
      expect(code, `${one.method} ${one.path}`).not.toMatch(/…|\{id\}/);
});
