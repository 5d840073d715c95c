import { type Act, can, type Role } from "@/lib/identity/roles";
import type { AlertKind, MeterSubject } from "@/lib/infra/prisma-client/client";

const OF_METERS: Record<MeterSubject, Act> = {
  organization: "billing.view",
  project: "project.update",
  api_key: "keys.update_any",
  member: "members.manage",
  end_user: "end_users.manage",
};

/** What a role has to allow for an alert to be shown and mailed; the person whom it concerns sees it in any role. */
const ACTS: Record<AlertKind, (subject: MeterSubject) => Act> = {
  spend_threshold: (subject) => OF_METERS[subject],
  low_balance: () => "billing.view",
  key_leaked: () => "keys.update_any",
  old_secret_in_use: () => "keys.update_any",
  auto_top_up: () => "billing.view",
};

/** Whether a member in this role is told about alerts of this kind. */
export function isTold(role: Role, kind: AlertKind, subject: MeterSubject): boolean {
  return can(role, ACTS[kind](subject));
}

const KINDS: readonly AlertKind[] = [
  "spend_threshold",
  "low_balance",
  "key_leaked",
  "old_secret_in_use",
  "auto_top_up",
];
const SUBJECTS: readonly MeterSubject[] = ["organization", "project", "api_key", "member", "end_user"];

/** Every pair of kind and subject that a role is told about. */
export function toldTo(role: Role): { kind: AlertKind; subject: MeterSubject }[] {
  return KINDS.flatMap((kind) => SUBJECTS.map((subject) => ({ kind, subject }))).filter(({ kind, subject }) =>
    isTold(role, kind, subject),
  );
}
