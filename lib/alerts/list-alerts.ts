import { alertPath } from "@/lib/alerts/alert-path";
import { toldTo } from "@/lib/alerts/kinds";
import { countUnread, findAlerts, findPlace, type Inbox, insertReads } from "@/lib/alerts/store";

const LISTED = 30;

/** One alert as a member reads it. */
export interface AlertView {
  id: string;
  kind: "spend_threshold" | "low_balance" | "key_leaked" | "auto_top_up";
  title: string;
  text: string;
  /** Where what it is about can be changed. */
  href: string;
  isRead: boolean;
  /** ISO 8601. */
  createdAt: string;
}

export interface Reader {
  organizationId: string;
  userId: string;
  /** The project that they look at. */
  projectId: string;
}

async function inboxOf({ organizationId, userId }: Omit<Reader, "projectId">): Promise<Inbox | null> {
  const place = await findPlace(organizationId, userId);
  return place && { organizationId, userId, told: toldTo(place.role), since: place.createdAt };
}

/** The newest alerts of a member's inbox, and how many of all are unread; nothing for who is no member. */
export async function listAlerts(reader: Reader): Promise<{ unread: number; alerts: AlertView[] }> {
  const inbox = await inboxOf(reader);
  if (!inbox) return { unread: 0, alerts: [] };
  const [unread, rows] = await Promise.all([countUnread(inbox), findAlerts(inbox, LISTED)]);
  const alerts = rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    title: row.title,
    text: row.text,
    href: alertPath(row, reader.projectId),
    isRead: row.isRead,
    createdAt: row.createdAt.toISOString(),
  }));
  return { unread, alerts };
}

/** Notes that a member has read everything in their inbox up to `upTo`. */
export async function readAlerts(reader: Omit<Reader, "projectId">, upTo: Date): Promise<void> {
  const inbox = await inboxOf(reader);
  if (inbox) await insertReads(inbox, upTo);
}
