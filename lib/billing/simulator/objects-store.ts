import type { SimulatedObjects } from "@/lib/billing/simulator/objects";
import { prisma } from "@/lib/infra/db";

/** The simulator's objects in the database, where every process of the installation finds them. */
export const storedObjects: SimulatedObjects = {
  find: (id) => prisma().simulatedStripeObject.findUnique({ where: { id }, select: { version: true, data: true } }),
  async save(id, version, data, parent) {
    const { count } =
      version === 0
        ? await prisma().simulatedStripeObject.createMany({ data: [{ id, parent, data }], skipDuplicates: true })
        : await prisma().simulatedStripeObject.updateMany({
            where: { id, version },
            data: { data, parent, version: { increment: 1 } },
          });
    return count === 1;
  },
  async listOf(parent) {
    const rows = await prisma().simulatedStripeObject.findMany({
      where: { parent },
      orderBy: { createdAt: "desc" },
      select: { data: true },
    });
    return rows.map(({ data }) => data);
  },
  async remove(id) {
    await prisma().simulatedStripeObject.deleteMany({ where: { id } });
  },
};
