import { z } from "zod";
import type { AlertView } from "@/lib/alerts/list-alerts";

const alertSchema = z.object({
  id: z.string(),
  kind: z.enum(["spend_threshold", "low_balance", "key_leaked", "old_secret_in_use", "auto_top_up"]),
  title: z.string(),
  text: z.string(),
  href: z.string(),
  isRead: z.boolean(),
  createdAt: z.string(),
}) satisfies z.ZodType<AlertView>;

/** What the live address of the inbox answers with. */
export const inboxSchema = z.object({ unread: z.number(), alerts: z.array(alertSchema) });

export type InboxView = z.infer<typeof inboxSchema>;
