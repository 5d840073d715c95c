import { z } from "zod";
import { listEvents } from "@/lib/audit/list-events";
import { NOTHING } from "@/lib/edge/described-operation";
import { listReach, operation } from "@/lib/edge/management/operation";
import { organizationQuery, pageQuery, timeAnswer } from "@/lib/edge/management/schemas";

const auditAnswer = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    actor: z.string().describe("user:<id>, key:<id>, master or system."),
    action: z.string(),
    target: z.string(),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
    address: z.string().nullable(),
    at: timeAnswer,
  })
  .meta({ id: "AuditEvent" });

const stored = z.record(z.string(), z.unknown()).nullable();

export const auditOperations = [
  operation({
    method: "GET",
    path: "audit",
    summary: "List who did what, newest first.",
    query: pageQuery.extend(organizationQuery.shape),
    body: NOTHING,
    answer: z.array(auditAnswer),
    run: async ({ query: { organization_id, ...page }, ...asking }) => {
      const events = await listEvents({ organizationId: await listReach(asking, organization_id), ...page });
      return events.map(({ organizationId, before, after, ...event }) => ({
        ...event,
        organization_id: organizationId,
        before: stored.parse(before),
        after: stored.parse(after),
      }));
    },
  }),
];
