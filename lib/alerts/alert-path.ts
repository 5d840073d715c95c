import type { MeterSubject } from "@/lib/infra/prisma-client/client";

const PAGES: Partial<Record<MeterSubject, (subjectId: string) => string>> = {
  api_key: (keyId) => `keys/${keyId}`,
  organization: () => "billing",
};

/**
 * The page where what an alert is about can be changed. What belongs to no single project is on the pages of any;
 * `shownIn` is the one that the reader looks at, null where there is none, as in a mail.
 */
export function alertPath(
  { subject, subjectId, projectId }: { subject: MeterSubject; subjectId: string; projectId: string | null },
  shownIn: string | null,
): string {
  const project = projectId ?? shownIn;
  if (project === null) return "/dashboard";
  return `/dashboard/${project}/${PAGES[subject]?.(subjectId) ?? "settings"}`;
}
