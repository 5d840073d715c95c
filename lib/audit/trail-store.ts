import { prisma } from "@/lib/infra/db";
import type { AuditEvent, Prisma } from "@/lib/infra/prisma-client/client";

/** Every key of an organisation, as an actor: the rows of any of them. */
export const ANY_KEY = "key";

export interface TrailFilters {
  /** `user:<id>`, `key:<id>`, `master`, `github`, `system`; `ANY_KEY` for all keys. */
  actor?: string;
  action?: string;
  /** `<kind>:<id>` of what was changed. */
  target?: string;
  /** From this moment on. */
  from?: Date;
  /** Before this moment. */
  until?: Date;
}

/** At most `limit` rows of an organisation's trail before the row `beforeId` (null: from the newest), newest first. */
export function findTrailPage(
  organizationId: string,
  beforeId: bigint | null,
  limit: number,
  { actor, action, target, from, until }: TrailFilters,
): Promise<AuditEvent[]> {
  const where: Prisma.AuditEventWhereInput = {
    organizationId,
    ...(beforeId === null ? {} : { id: { lt: beforeId } }),
    ...(actor === undefined ? {} : { actor: actor === ANY_KEY ? { startsWith: "key:" } : actor }),
    ...(action === undefined ? {} : { action }),
    ...(target === undefined ? {} : { target }),
    ...(from || until ? { at: { ...(from ? { gte: from } : {}), ...(until ? { lt: until } : {}) } } : {}),
  };
  return prisma().auditEvent.findMany({ where, orderBy: { id: "desc" }, take: limit });
}

/** What people call those that an organisation's trail names, by `<kind>:<id>`; those that are gone are left out. */
export async function findTrailNames(organizationId: string, names: Iterable<string>): Promise<Map<string, string>> {
  const ids = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const [kind, id] = name.split(":");
    if (!kind || !id) continue;
    ids.set(kind, [...(ids.get(kind) ?? []), id]);
  }
  const of = (kind: string) => ({ id: { in: ids.get(kind) ?? [] } });
  const select = { id: true, name: true } as const;
  const [users, keys, projects, members, invites, organization] = await Promise.all([
    // Names of people only while they are members: what they call themselves is nobody else's business.
    prisma().user.findMany({
      where: { ...of("user"), memberships: { some: { organizationId } } },
      select: { ...select, email: true },
    }),
    prisma().apiKey.findMany({ where: { ...of("key"), organizationId }, select }),
    prisma().project.findMany({ where: { ...of("project"), organizationId }, select }),
    prisma().membership.findMany({
      where: { ...of("member"), organizationId },
      select: { id: true, user: { select: { name: true, email: true } } },
    }),
    prisma().invite.findMany({ where: { ...of("invite"), organizationId }, select: { id: true, email: true } }),
    prisma().organization.findUnique({ where: { id: organizationId }, select }),
  ]);
  return new Map([
    ...users.map((user): [string, string] => [`user:${user.id}`, user.name ?? user.email]),
    ...keys.map((key): [string, string] => [`key:${key.id}`, key.name]),
    ...projects.map((project): [string, string] => [`project:${project.id}`, project.name]),
    ...members.map(({ id, user }): [string, string] => [`member:${id}`, user.name ?? user.email]),
    ...invites.map((invite): [string, string] => [`invite:${invite.id}`, invite.email]),
    [`organization:${organizationId}`, organization?.name ?? organizationId],
  ]);
}

/** The members of an organisation, by what people call them. */
export async function findTrailPeople(organizationId: string): Promise<{ actor: string; name: string }[]> {
  const rows = await prisma().membership.findMany({
    where: { organizationId },
    orderBy: { createdAt: "asc" },
    select: { user: { select: { id: true, name: true, email: true } } },
  });
  return rows.map(({ user }) => ({ actor: `user:${user.id}`, name: user.name ?? user.email }));
}
