import type { AlertKind, MeterSubject } from "@/lib/infra/prisma-client/client";

function pageOf(kind: AlertKind, subject: MeterSubject, subjectId: string): string {
  if (kind === "low_balance" || kind === "auto_top_up") return "billing";
  if (subject === "end_user") return `end-users/${subjectId}`;
  return subject === "api_key" ? `keys/${subjectId}` : "settings";
}

/**
 * The page where what an alert is about can be changed. What belongs to no single project is on the pages of any;
 * `shownIn` is the one that the reader looks at, null where there is none, as in a mail.
 */
export function alertPath(
  {
    kind,
    subject,
    subjectId,
    projectId,
  }: { kind: AlertKind; subject: MeterSubject; subjectId: string; projectId: string | null },
  shownIn: string | null,
): string {
  const project = projectId ?? shownIn;
  if (project === null) return "/dashboard";
  return `/dashboard/${project}/${pageOf(kind, subject, subjectId)}`;
}
