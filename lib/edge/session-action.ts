import { unstable_rethrow } from "next/navigation";
import { z } from "zod";
import type { Actor } from "@/lib/audit/actor";
import { type ErrorCode, GatewayError } from "@/lib/core/errors";
import {
  clientAddress,
  currentUser,
  type OrganizationContext,
  organizationContext,
  type ProjectContext,
  projectContext,
} from "@/lib/edge/session";
import { fieldErrors } from "@/lib/identity/field-errors";
import { notFound } from "@/lib/identity/permit";
import type { Act } from "@/lib/identity/roles";
import type { SessionUser } from "@/lib/identity/session-user";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";

/** Why an action was refused, in words for people; `fields` by the form's field names. */
export interface ActionFailure {
  code: ErrorCode | "signed_out";
  message: string;
  fields?: Record<string, string>;
}

/** What a server action answers: it never throws at the browser. */
export type ActionResult<Data> = { ok: true; data: Data } | { ok: false; error: ActionFailure };

/** A server action over a schema: takes what the form sends, whatever it is, and answers with a result. */
export type Action<Schema extends z.ZodType, Data> = (input: z.input<Schema>) => Promise<ActionResult<Data>>;

type Acting<Context> = Context & { actor: Extract<Actor, { userId: string }> };

interface Definition<Schema extends z.ZodType, Context, Data> {
  schema: Schema;
  run: (input: z.output<Schema>, context: Context) => Promise<Data>;
}

/** Ends an action for whoever is not signed in; a page would redirect, a form says so. */
class SignedOut extends Error {}

/**
 * A server action within a project: parses its input, which names the project, finds the person and their membership,
 * checks that their role allows `act`, and runs one domain function.
 */
export function sessionAction<Schema extends z.ZodType<{ projectId: string }>, Data>({
  schema,
  act,
  run,
}: Definition<Schema, Acting<ProjectContext>, Data> & { act: Act }): Action<Schema, Data> {
  return (input) =>
    answer(async () => {
      const user = await signedIn();
      const values = parsed(schema, input);
      const context = await projectContext(user, values.projectId);
      if (!context) throw notFound("Project");
      return run(values, await acting(context, act));
    });
}

/** A server action within an organisation: as `sessionAction`; its input names the organisation. */
export function organizationAction<Schema extends z.ZodType<{ organizationId: string }>, Data>({
  schema,
  act,
  run,
}: Definition<Schema, Acting<OrganizationContext>, Data> & { act: Act }): Action<Schema, Data> {
  return (input) =>
    answer(async () => {
      const user = await signedIn();
      const values = parsed(schema, input);
      const context = await organizationContext(user, values.organizationId);
      if (!context) throw notFound("Organization");
      return run(values, await acting(context, act));
    });
}

/** A server action of whoever is signed in, on their own account. */
export function personAction<Schema extends z.ZodType, Data>({
  schema,
  run,
}: Definition<Schema, { user: SessionUser; address: string | null }, Data>): Action<Schema, Data> {
  return (input) =>
    answer(async () => {
      const user = await signedIn();
      return run(parsed(schema, input), { user, address: await clientAddress() });
    });
}

/** A server action for whoever comes, signed in or not; such as signing up. */
export function visitorAction<Schema extends z.ZodType, Data>({
  schema,
  run,
}: Definition<Schema, { address: string | null }, Data>): Action<Schema, Data> {
  return (input) => answer(async () => run(parsed(schema, input), { address: await clientAddress() }));
}

async function signedIn(): Promise<SessionUser> {
  const user = await currentUser();
  if (!user) throw new SignedOut();
  return user;
}

function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (!result.success) throw fieldErrors(result.error);
  return result.data;
}

async function acting<Context extends OrganizationContext>(context: Context, act: Act): Promise<Acting<Context>> {
  if (!context.may(act)) {
    throw new GatewayError(
      "forbidden",
      `Your role in this organization (${context.membership.role}) does not allow this.`,
    );
  }
  return { ...context, actor: { userId: context.user.id, address: await clientAddress() } };
}

async function answer<Data>(work: () => Promise<Data>): Promise<ActionResult<Data>> {
  try {
    return { ok: true, data: await work() };
  } catch (error) {
    // Redirects and not-found pages of Next travel as errors.
    unstable_rethrow(error);
    return { ok: false, error: failure(error) };
  }
}

const fieldMessages = z.record(z.string(), z.string());

/** What people read about an error; nothing of ours that is not meant for them. */
export function failure(error: unknown): ActionFailure {
  if (error instanceof SignedOut) {
    return { code: "signed_out", message: "Your session has ended. Please sign in again." };
  }
  if (isDatabaseUnavailable(error) || (error instanceof GatewayError && error.code === "database_unavailable")) {
    return {
      code: "database_unavailable",
      message: "The database is not reachable at the moment. Please try again shortly.",
    };
  }
  if (error instanceof GatewayError) {
    const fields = fieldMessages.safeParse(error.metadata.fields);
    return { code: error.code, message: error.message, ...(fields.success ? { fields: fields.data } : {}) };
  }
  log().error({ err: error }, "a server action failed");
  return { code: "internal_error", message: "Something went wrong on our side. Please try again." };
}
