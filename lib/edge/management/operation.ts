import type { z } from "zod";
import type { Actor } from "@/lib/audit/actor";
import { GatewayError } from "@/lib/core/errors";
import type { DescribedOperation } from "@/lib/edge/described-operation";
import { fieldErrors } from "@/lib/identity/field-errors";
import { notFound } from "@/lib/identity/permit";
import { organizationExists } from "@/lib/identity/store";
import type { Caller } from "@/lib/keys/caller";
import type { Scope } from "@/lib/keys/scopes";
import { readProjectDetails } from "@/lib/projects/project-details";

/** Who calls a management operation, and what they may reach. */
export interface Asking {
  caller: Caller;
  /** The one organisation that is in reach; null with the master key: all of them. */
  reach: string | null;
  actor: Actor;
}

export interface Asked<Query, Body> extends Asking {
  /** What stands in `{id}`'s place; empty where there is none. */
  id: string;
  query: Query;
  body: Body;
}

export type Method = DescribedOperation["method"];

interface Definition<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> {
  method: Method;
  /** Below `/api/v1/`; at most one `{id}`, which is one segment. */
  path: string;
  summary: string;
  /** What a key needs: `admin:*` when left out. */
  scope?: Scope;
  /** Whether only the master key can do it. */
  masterOnly?: boolean;
  query: Query;
  body: Body;
  /** Whether a request without a body means an empty object. */
  bodyOptional?: boolean;
  answer: Answer;
  run: (asked: Asked<z.output<Query>, z.output<Body>>) => Promise<z.output<Answer>>;
}

/** One call of the management API: what its route, its refusals and its description rest on. */
export interface Operation extends DescribedOperation {
  /**
   * Parses what was sent, and does it.
   * @throws GatewayError invalid_fields, naming each field, and what the operation throws.
   */
  run: (asked: Asked<unknown, unknown>) => Promise<unknown>;
}

/** Makes an operation of its definition: the schemas say what `run` is given and what it answers. */
export function operation<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  definition: Definition<Query, Body, Answer>,
): Operation {
  const { scope = "admin:*", masterOnly = false, bodyOptional = false } = definition;
  return {
    ...definition,
    scope,
    masterOnly,
    bodyOptional,
    streams: false,
    run: async (asked) =>
      definition.run({
        ...asked,
        query: parsed(definition.query, asked.query),
        body: parsed(definition.body, asked.body),
      }),
  };
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw fieldErrors(result.error);
  return result.data;
}

/**
 * The organisation of something that was found by its id, where it is in reach; what is not there, or another
 * organisation's, has the same answer.
 * @throws GatewayError not_found.
 */
export function withinReach({ reach }: Asking, organizationId: string | null, what: string): string {
  if (organizationId === null || (reach !== null && organizationId !== reach)) throw notFound(what);
  return organizationId;
}

/**
 * Where something goes that may name an organisation: there, else to the caller's own, which is the default one with the
 * master key.
 * @throws GatewayError not_found.
 */
export async function organizationFor(asking: Asking, organizationId: string | undefined): Promise<string> {
  if (organizationId === undefined) return asking.caller.organizationId;
  withinReach(asking, organizationId, "Organization");
  if (!(await organizationExists(organizationId))) throw notFound("Organization");
  return organizationId;
}

/**
 * Where something goes that may name a project: there, else to the calling key's own, which is the default one with the
 * master key.
 * @throws GatewayError not_found.
 */
export async function projectFor(
  asking: Asking,
  projectId: string | undefined,
): Promise<{ organizationId: string; projectId: string }> {
  if (projectId === undefined)
    return { organizationId: asking.caller.organizationId, projectId: asking.caller.projectId };
  const project = await readProjectDetails(projectId);
  return { organizationId: withinReach(asking, project?.organizationId ?? null, "Project"), projectId };
}

/**
 * What a list is narrowed to: the organisation that it names, else all that is in reach (null: every organisation).
 * @throws GatewayError not_found for another organisation.
 */
export async function listReach(asking: Asking, organizationId: string | undefined): Promise<string | null> {
  return organizationId === undefined ? asking.reach : organizationFor(asking, organizationId);
}

/**
 * What a list is narrowed to that may name a project beside an organisation, which then has to be the project's.
 * @throws GatewayError not_found for another organisation, and for another one's project.
 */
export async function listPlace(
  asking: Asking,
  named: { organization_id?: string | undefined; project_id?: string | undefined },
): Promise<{ organizationId: string | null; projectId?: string }> {
  const organizationId = await listReach(asking, named.organization_id);
  if (named.project_id === undefined) return { organizationId };
  const place = await projectFor(asking, named.project_id);
  if (organizationId !== null && place.organizationId !== organizationId) throw notFound("Project");
  return place;
}

/**
 * Refuses to hand out a key with scopes that the calling key does not hold (CONTRACT section 3).
 * @throws GatewayError insufficient_scope, naming the first such scope.
 */
export function refuseWiderScopes({ caller }: Asking, scopes: readonly string[]): void {
  const scope = caller.isMaster ? undefined : scopes.find((wanted) => !caller.scopes.includes(wanted));
  if (scope === undefined) return;
  throw new GatewayError(
    "insufficient_scope",
    `Access denied: This API key lacks the scope '${scope}', so it cannot hand out a key that has it.`,
    { metadata: { scope } },
  );
}
