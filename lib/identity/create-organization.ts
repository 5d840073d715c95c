import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { formatUsd, parseUsd } from "@/lib/core/money";
import { insertMembership, insertOrganization } from "@/lib/identity/store";
import { config } from "@/lib/infra/config";
import type { Tx } from "@/lib/infra/db";
import { grantCredits } from "@/lib/ledger/grant-credits";
import { createMeter } from "@/lib/meters/store";
import { insertProject } from "@/lib/projects/store";

const WELCOME_CREDITS = parseUsd("5");
const WELCOME_REASON = "Welcome test credits";

export interface NewOrganization {
  name: string;
  /** null: nobody, as of the installation's own. */
  ownerId: string | null;
  billingEmail: string | null;
  actor: Actor;
  /** Whether it and its project are the ones that every installation has. */
  isDefault?: boolean;
}

/**
 * Makes an organisation with its credits meter, a first project in hybrid mode and its owner, if any, in the caller's
 * transaction. On the embedded database it starts with 5 USD of test credits, booked as a grant.
 */
export async function createOrganization(
  tx: Tx,
  { name, ownerId, billingEmail, actor, isDefault = false }: NewOrganization,
): Promise<{ organizationId: string; projectId: string }> {
  const organization = await insertOrganization(tx, { name, billingEmail, isDefault });
  const organizationId = organization.id;
  if (ownerId !== null) await insertMembership(tx, { organizationId, userId: ownerId, role: "owner" });
  await createMeter(tx, {
    organizationId,
    subject: "organization",
    subjectId: organizationId,
    kind: "credits",
    unit: "usd",
    limit: 0n,
  });
  const project = await insertProject(tx, { organizationId, name: "Default project", mode: "hybrid", isDefault });
  const welcome = config().embeddedDatabase;
  if (welcome) {
    await grantCredits(tx, {
      organizationId,
      amount: WELCOME_CREDITS,
      reason: WELCOME_REASON,
      source: `welcome:${organizationId}`,
    });
  }

  const target = `organization:${organizationId}`;
  await recordAudit(tx, { organizationId, actor, action: "organization.create", target, after: { name } });
  await recordAudit(tx, {
    organizationId,
    actor,
    action: "project.create",
    target: `project:${project.id}`,
    after: { name: project.name, mode: project.mode },
  });
  if (welcome) {
    await recordAudit(tx, {
      organizationId,
      actor: { system: true },
      action: "organization.grant",
      target,
      after: { amount: formatUsd(WELCOME_CREDITS), reason: WELCOME_REASON },
    });
  }
  return { organizationId, projectId: project.id };
}
