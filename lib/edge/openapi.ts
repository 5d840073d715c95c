import { z } from "zod";
import { GatewayError } from "@/lib/core/errors";
import { describedErrors } from "@/lib/edge/described-errors";
import type { DescribedOperation } from "@/lib/edge/described-operation";
import { EXAMPLE_BODIES } from "@/lib/edge/example-bodies";
import { GATEWAY_OPERATIONS } from "@/lib/edge/gateway-operations";
import { OPERATIONS } from "@/lib/edge/management/operations";

/** Where the description is, below `/v1/`. It needs no key. */
export const OPENAPI_PATH = "openapi.json";

/** Everything that can be called, the gateway's and the management API's. */
export const DESCRIBED: readonly DescribedOperation[] = [...GATEWAY_OPERATIONS, ...OPERATIONS];

type Json = { [name: string]: unknown };

const errorAnswer = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      code: z.string(),
      param: z.string().nullable(),
      metadata: z.record(z.string(), z.unknown()),
    }),
    status: z.int(),
    message: z.string(),
  })
  .meta({ id: "Error" });

const messagesErrorAnswer = z
  .object({
    type: z.literal("error"),
    error: z.object({ type: z.string(), message: z.string() }),
    request_id: z.string(),
  })
  .meta({ id: "MessagesError" });

let document: Json | undefined;

/** The OpenAPI 3.1 description of all calls, made of the schemas that parse them; the same object each time. */
export function openApiDocument(): Json {
  document ??= makeDocument();
  return document;
}

/** The schemas with a name go to the components, and are referred to. */
function jsonSchema(schema: z.ZodType, io: "input" | "output", components: Json): Json {
  const {
    $defs = {},
    $schema: _,
    ...root
  } = z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema: made }) => {
      // Answers may grow: who reads them must not break.
      if (io === "output" && zodSchema._zod.def.type === "object") delete made.additionalProperties;
    },
  });
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [
        name,
        name === "$ref" && typeof part === "string" ? part.replace("#/$defs/", "#/components/schemas/") : moved(part),
      ]),
    );
  };
  for (const [name, definition] of Object.entries($defs)) {
    const { id: _id, $schema: _schema, ...rest } = definition;
    components[name] = moved(rest);
  }
  const { id, ...rest } = root;
  const made = moved(rest);
  const inPlace: Json = typeof made === "object" && made !== null ? { ...made } : {};
  if (typeof id !== "string") return inPlace;
  components[id] = inPlace;
  return { $ref: `#/components/schemas/${id}` };
}

function makeDocument(): Json {
  const components: Json = {};
  jsonSchema(errorAnswer, "output", components);
  jsonSchema(messagesErrorAnswer, "output", components);
  const paths: { [path: string]: Json } = {};
  for (const operation of DESCRIBED) {
    const path = `/${operation.path}`;
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described(operation, components) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Turnpike",
      version: "1",
      description:
        "A gateway to language models, and its management. Amounts are USD: decimal strings in management answers, numbers in `usage.cost`.",
    },
    servers: [{ url: "/api/v1" }, { url: "/v1" }],
    security: [{ bearer: [] }, { anyllm: [] }, { apiKey: [] }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key, or the master key." },
        anyllm: { type: "apiKey", in: "header", name: "X-AnyLLM-Key", description: "`Bearer <key>`" },
        apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
      },
    },
  };
}

function described(operation: DescribedOperation, components: Json): Json {
  const { method, path, body, answer } = operation;
  const noContent = answer instanceof z.ZodUndefined;
  const hasBody = !(body instanceof z.ZodUndefined);
  const content = (schema: Json) => ({ "application/json": { schema } });
  return {
    operationId: `${method.toLowerCase()}_${path.replaceAll(/\W+/g, "_").replace(/_$/, "")}`,
    summary: operation.summary,
    tags: [path.split("/")[0]],
    description: operation.masterOnly ? "Needs the master key." : `Needs the scope \`${operation.scope}\`.`,
    parameters: [
      ...(path.includes("{id}") ? [{ name: "id", in: "path", required: true, schema: { type: "string" } }] : []),
      ...queryParameters(operation.query, components),
    ],
    ...(hasBody
      ? {
          requestBody: {
            required: !operation.bodyOptional,
            content: {
              "application/json": {
                schema: jsonSchema(body, "input", components),
                example: EXAMPLE_BODIES[`${method} ${path}`],
              },
            },
          },
        }
      : {}),
    responses: {
      ...(noContent
        ? { 204: { description: "Done." } }
        : {
            200: {
              description: "Done.",
              content: {
                ...content(jsonSchema(answer, "output", components)),
                ...(operation.streams ? { "text/event-stream": { schema: { type: "string" } } } : {}),
              },
            },
          }),
      ...errorAnswers(operation),
    },
  };
}

/** The errors of an operation by status, each with its codes as they stand in answers. */
function errorAnswers(operation: DescribedOperation): Json {
  const codes = new Map<number, Set<string>>();
  for (const code of describedErrors(operation)) {
    const { status, wireCode } = new GatewayError(code, "");
    codes.set(status, (codes.get(status) ?? new Set()).add(wireCode));
  }
  const $ref = `#/components/schemas/${operation.path.split("/")[0] === "messages" ? "MessagesError" : "Error"}`;
  return Object.fromEntries(
    [...codes].map(([status, names]) => [
      status,
      { description: [...names].join(", "), content: { "application/json": { schema: { $ref } } } },
    ]),
  );
}

function queryParameters(query: z.ZodType, components: Json): Json[] {
  const { properties, required } = jsonSchema(query, "input", components);
  if (typeof properties !== "object" || properties === null) return [];
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: needed.includes(name),
    schema,
  }));
}
