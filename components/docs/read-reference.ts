import { z } from "zod";

/** A field of a body, a query or an answer, for a reader. */
export interface ReferenceField {
  name: string;
  /** In words of JSON: `string`, `integer`, `time`, `string[]`, `object`, `string or null`. */
  type: string;
  isRequired: boolean;
  description: string | null;
  /** What it may be, where that can be listed. */
  values: readonly string[];
  /** As JSON; null: none. */
  default: string | null;
  /** Of an object, or of the objects in a list. */
  fields: readonly ReferenceField[];
}

export interface ReferenceBody {
  isRequired: boolean;
  fields: readonly ReferenceField[];
  /** Whether what is not named here is taken too, and passed on. */
  isOpen: boolean;
  example: unknown;
}

export interface ReferenceAnswer {
  /** Whether it is a bare list of what `fields` describe. */
  isList: boolean;
  fields: readonly ReferenceField[];
}

/** One call, as the reference shows it. */
export interface ReferenceOperation {
  /** The `operationId`: also the address of its heading. */
  id: string;
  method: string;
  /** Without a slash before it, as in `keys/{id}`. */
  path: string;
  summary: string;
  /** What it needs: a scope, or the master key. */
  needs: string;
  parameters: readonly ReferenceField[];
  body: ReferenceBody | null;
  /** null: 204, without a body. */
  answer: ReferenceAnswer | null;
  streams: boolean;
  errors: readonly { status: string; codes: readonly string[] }[];
}

const jsonSchema = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), jsonSchema).optional();
  },
  get items() {
    return jsonSchema.optional();
  },
  get anyOf() {
    return z.array(jsonSchema).optional();
  },
  get oneOf() {
    return z.array(jsonSchema).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), jsonSchema]).optional();
  },
});
type JsonSchema = z.output<typeof jsonSchema>;

const content = z.record(z.string(), z.object({ schema: jsonSchema, example: z.unknown().optional() })).optional();

const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  parameters: z.array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: jsonSchema })),
  requestBody: z.object({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content })),
});

const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), jsonSchema) }),
});

type Components = z.output<typeof document>["components"]["schemas"];

const JSON_TYPE = "application/json";
const STREAM_TYPE = "text/event-stream";
/** What lies deeper is a provider's affair. */
const DEEPEST = 4;

/**
 * The calls of an OpenAPI document of ours, in its order, flattened for reading.
 * @throws ZodError for what is no such document.
 */
export function readReference(openApi: unknown): ReferenceOperation[] {
  const { paths, components } = document.parse(openApi);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]): ReferenceOperation => {
      const sent = described.requestBody?.content?.[JSON_TYPE];
      const answered = described.responses["200"]?.content;
      return {
        id: described.operationId,
        method: method.toUpperCase(),
        path: path.slice(1),
        summary: described.summary,
        needs: described.description,
        parameters: described.parameters.map(({ name, required, schema }) =>
          fieldOf(name, schema, required, components.schemas, DEEPEST),
        ),
        body: sent
          ? {
              isRequired: described.requestBody?.required === true,
              ...objectOf(sent.schema, components.schemas, DEEPEST),
              example: sent.example,
            }
          : null,
        answer: answerOf(answered?.[JSON_TYPE]?.schema, components.schemas),
        streams: answered?.[STREAM_TYPE] !== undefined,
        errors: Object.entries(described.responses)
          .filter(([status]) => status >= "400")
          .map(([status, { description }]) => ({ status, codes: description.split(", ") })),
      };
    }),
  );
}

function answerOf(schema: JsonSchema | undefined, schemas: Components): ReferenceAnswer | null {
  if (!schema) return null;
  const { items } = resolved(schema, schemas);
  return { isList: items !== undefined, fields: objectOf(items ?? schema, schemas, DEEPEST).fields };
}

function resolved(schema: JsonSchema, schemas: Components): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const named = schemas[schema.$ref.split("/").at(-1) ?? ""];
  return named ? { ...named, ...(schema.description ? { description: schema.description } : {}) } : {};
}

/** A schema and those that it may be one of, without null. */
function variants(schema: JsonSchema, schemas: Components): JsonSchema[] {
  const whole = resolved(schema, schemas);
  const choices = whole.anyOf ?? whole.oneOf;
  return choices
    ? choices.flatMap((choice) => (choice.$ref ? [resolved(choice, schemas)] : variants(choice, schemas)))
    : [whole];
}

function objectOf(
  schema: JsonSchema,
  schemas: Components,
  depth: number,
): { fields: ReferenceField[]; isOpen: boolean } {
  const object = variants(schema, schemas).find(({ properties }) => properties !== undefined);
  if (!object?.properties || depth === 0) return { fields: [], isOpen: false };
  return {
    fields: Object.entries(object.properties).map(([name, field]) =>
      fieldOf(name, field, object.required?.includes(name) === true, schemas, depth - 1),
    ),
    isOpen: typeof object.additionalProperties === "object",
  };
}

function fieldOf(
  name: string,
  schema: JsonSchema,
  isRequired: boolean,
  schemas: Components,
  depth: number,
): ReferenceField {
  const whole = resolved(schema, schemas);
  const all = variants(schema, schemas);
  const items = all.map((variant) => variant.items).find((item) => item !== undefined);
  const itemVariants = items ? variants(items, schemas) : [];
  const listed = [...all, ...itemVariants].flatMap((variant) => variant.enum ?? []);
  return {
    name,
    type: [...new Set(all.flatMap((variant) => typeNames(variant, schemas)))].join(" or "),
    isRequired,
    description: whole.description ?? all.find(({ description }) => description !== undefined)?.description ?? null,
    values: listed.filter((value) => typeof value === "string"),
    default: whole.default === undefined ? null : JSON.stringify(whole.default),
    fields: objectOf(items ?? schema, schemas, depth).fields,
  };
}

function typeNames(schema: JsonSchema, schemas: Components): string[] {
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.items) {
    const of = [...new Set(variants(schema.items, schemas).flatMap((item) => typeNames(item, schemas)))];
    return of.length === 1 ? [`${of[0]}[]`] : ["array"];
  }
  if (schema.format === "date-time") return ["time"];
  if (schema.format === "date") return ["day"];
  if (schema.type === undefined) return [schema.properties ? "object" : "any"];
  return typeof schema.type === "string" ? [schema.type] : schema.type;
}
