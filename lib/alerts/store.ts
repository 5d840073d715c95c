import { newId } from "@/lib/core/ids";
import type { Role } from "@/lib/identity/roles";
import { prisma, type Tx } from "@/lib/infra/db";
import type { Alert, AlertKind, MeterSubject, Prisma } from "@/lib/infra/prisma-client/client";

export interface NewAlert {
  organizationId: string;
  kind: AlertKind;
  subject: MeterSubject;
  subjectId: string;
  /** null: in no single project. */
  projectId: string | null;
  /** Whom it concerns, whatever their role. */
  userId: string | null;
  title: string;
  text: string;
}

export async function insertAlert(tx: Tx, alert: NewAlert): Promise<void> {
  await tx.alert.create({ data: { id: newId("alr"), ...alert } });
}

/** The members of an organisation with their addresses. */
export async function findMembers(
  tx: Tx,
  organizationId: string,
): Promise<{ userId: string; email: string; role: Role }[]> {
  const rows = await tx.membership.findMany({
    where: { organizationId },
    select: { role: true, user: { select: { id: true, email: true } } },
  });
  return rows.map(({ role, user }) => ({ userId: user.id, email: user.email, role }));
}

/** Whose inbox: what is theirs by role, and what concerns them. */
export interface Inbox {
  organizationId: string;
  userId: string;
  told: readonly { kind: AlertKind; subject: MeterSubject }[];
  /** Alerts of before they came are not theirs. */
  since: Date;
}

function inInbox({ organizationId, userId, told, since }: Inbox): Prisma.AlertWhereInput {
  return { organizationId, createdAt: { gte: since }, OR: [{ userId }, ...told] };
}

/** The newest alerts of an inbox, and whether each was read. */
export async function findAlerts(inbox: Inbox, limit: number): Promise<(Alert & { isRead: boolean })[]> {
  const rows = await prisma().alert.findMany({
    where: inInbox(inbox),
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: limit,
    include: { reads: { where: { userId: inbox.userId } } },
  });
  return rows.map(({ reads, ...alert }) => ({ ...alert, isRead: reads.length > 0 }));
}

export function countUnread(inbox: Inbox): Promise<number> {
  return prisma().alert.count({ where: { ...inInbox(inbox), reads: { none: { userId: inbox.userId } } } });
}

/** Notes that everything in an inbox up to an alert was read; what came after that stays unread. */
export async function insertReads(inbox: Inbox, upTo: Date): Promise<void> {
  const unread = await prisma().alert.findMany({
    where: { AND: [inInbox(inbox), { createdAt: { lte: upTo } }], reads: { none: { userId: inbox.userId } } },
    select: { id: true },
  });
  await prisma().alertRead.createMany({
    data: unread.map(({ id }) => ({ alertId: id, userId: inbox.userId })),
    skipDuplicates: true,
  });
}

/** When somebody became a member, and as what; null when they are none. */
export function findPlace(organizationId: string, userId: string): Promise<{ role: Role; createdAt: Date } | null> {
  return prisma().membership.findUnique({
    where: { organizationId_userId: { organizationId, userId } },
    select: { role: true, createdAt: true },
  });
}

const credits = (organizationId: string) =>
  ({ subject: "organization", subjectId: organizationId, kind: "credits", unit: "usd" }) as const;

/** What the meter of an organisation's credits says about alerts; null when there is no such meter. */
export function findCreditsAlerts(tx: Tx | null, organizationId: string): Promise<{ alerts: unknown } | null> {
  return (tx ?? prisma()).meter.findFirst({ where: credits(organizationId), select: { alerts: true } });
}

export async function saveCreditsAlerts(tx: Tx, organizationId: string, alerts: Prisma.InputJsonObject): Promise<void> {
  await tx.meter.updateMany({ where: credits(organizationId), data: { alerts } });
}
