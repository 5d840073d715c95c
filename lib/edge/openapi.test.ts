import { Ajv2020 } from "ajv/dist/2020";
import { expect, test } from "vitest";
import { NOTHING } from "@/lib/edge/described-operation";
import { EXAMPLE_BODIES } from "@/lib/edge/example-bodies";
import { DESCRIBED, openApiDocument } from "@/lib/edge/openapi";
import { ENDPOINTS } from "@/lib/gateway/endpoints";

const document = JSON.parse(JSON.stringify(openApiDocument()));
const text = JSON.stringify(document);

function operations() {
  const found: { name: string; operation: Record<string, unknown> }[] = [];
  for (const [path, methods] of Object.entries<Record<string, Record<string, unknown>>>(document.paths))
    for (const [method, operation] of Object.entries(methods))
      found.push({ name: `${method.toUpperCase()} ${path.slice(1)}`, operation });
  return found;
}

test("every call of the gateway and of the management API is described, once", () => {
  const names = operations().map(({ name }) => name);
  expect(names.sort()).toEqual(DESCRIBED.map(({ method, path }) => `${method} ${path}`).sort());
  expect(new Set(operations().map(({ operation }) => operation.operationId)).size).toBe(names.length);
  for (const [path, { method }] of Object.entries(ENDPOINTS)) expect(names).toContain(`${method} ${path}`);
  for (const name of ["POST keys", "PATCH keys/{id}", "POST keys/{id}/rotate", "GET users/{id}/usage", "GET audit"])
    expect(names).toContain(name);
});

test("every schema in it is one of JSON Schema 2020-12, and every reference leads somewhere", () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "openapi", ...document });
  for (const name of Object.keys(document.components.schemas))
    expect(() => ajv.getSchema(`openapi#/components/schemas/${name}`), name).not.toThrow();
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(document.components.schemas).toHaveProperty(name ?? "");
  expect(text).not.toContain("#/$defs/");
});

test("bodies are described as they are sent, with what they must have and may have", () => {
  const schema = document.paths["/keys"].post.requestBody.content["application/json"].schema;
  expect(schema.required).toEqual(["key_name"]);
  expect(Object.keys(schema.properties)).toEqual(
    expect.arrayContaining(["usage_limit", "iam_rules", "user_id", "expires_at", "metadata"]),
  );
  expect(schema.additionalProperties).toBe(false);
  expect(document.paths["/keys/{id}"].delete.responses).toHaveProperty("204");
});

test("every call with a body has an example, which the call's own schema takes", () => {
  for (const { method, path, body } of DESCRIBED) {
    const name = `${method} ${path}`;
    if (body === NOTHING) expect(EXAMPLE_BODIES, name).not.toHaveProperty([name]);
    else expect(body.safeParse(EXAMPLE_BODIES[name]), name).toMatchObject({ success: true });
  }
  const names = new Set(DESCRIBED.map(({ method, path }) => `${method} ${path}`));
  expect(Object.keys(EXAMPLE_BODIES).filter((name) => !names.has(name))).toEqual([]);
  expect(document.paths["/budgets"].post.requestBody.content["application/json"].example).toEqual({
    max_budget: "5.00",
    reset: "monthly",
  });
});

test("the errors of a call are described by status: a call of a model knows credits, a list does not", () => {
  const answers = (path: string, method: string) => document.paths[path][method].responses;
  expect(answers("/chat/completions", "post")["402"].description).toBe("insufficient_credits, model_unpriced");
  expect(answers("/keys", "get")).not.toHaveProperty("402");
  expect(answers("/keys", "post")["422"].description).toBe("invalid_body");
  expect(answers("/users", "post")["409"].description).toBe("conflict");
  expect(answers("/pricing", "post")["403"].description).toContain("forbidden");
  expect(answers("/messages", "post")["401"].content["application/json"].schema.$ref).toContain("MessagesError");
  for (const { operation, name } of operations()) expect(Object.keys(operation.responses ?? {}), name).toContain("401");
});

test("a query is described with what it must have", () => {
  const query = (path: string) => document.paths[path].get.parameters;
  expect(query("/generation")).toMatchObject([{ name: "id", in: "query", required: true }]);
  for (const { required } of query("/keys")) expect(required).toBe(false);
  expect(query("/keys").find(({ name }: { name: string }) => name === "limit")?.schema).toMatchObject({
    type: "integer",
    minimum: 1,
    maximum: 1000,
    default: 100,
  });
});

test("a rule is described with its types", () => {
  const rules = document.paths["/keys"].post.requestBody.content["application/json"].schema.properties.iam_rules;
  expect(JSON.stringify(rules)).toContain('"allow_models","deny_models"');
});
