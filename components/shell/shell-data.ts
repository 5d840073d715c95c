import type { InboxView } from "@/components/alerts/alerts-schema";
import type { Role } from "@/lib/identity/roles";

export interface ProjectChoice {
  id: string;
  name: string;
  organizationId: string;
  organizationName: string;
}

/** What the rail shows around every page of a project; amounts are decimal strings of USD. */
export interface ShellData {
  user: { name: string | null; email: string };
  role: Role;
  project: ProjectChoice;
  projects: ProjectChoice[];
  /** null for those who may not see it. */
  balance: { available: string; held: string } | null;
  alerts: InboxView;
}
