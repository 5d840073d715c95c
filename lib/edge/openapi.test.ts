import { Ajv2020 } from "ajv/dist/2020";
import { expect, test } from "vitest";
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
