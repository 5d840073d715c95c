import { prisma } from "@/lib/infra/db";

/** The members of an organisation by their names, oldest first. */
export async function findMembersByName(organizationId: string): Promise<{ id: string; name: string }[]> {
  const rows = await prisma().membership.findMany({
    where: { organizationId },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    select: { id: true, user: { select: { name: true, email: true } } },
  });
  return rows.map(({ id, user }) => ({ id, name: user.name ?? user.email }));
}
