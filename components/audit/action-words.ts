import type { AuditAction } from "@/lib/audit/record";

/** What was done, in words for people, by the name that the trail has for it. */
const WORDS: Record<AuditAction, string> = {
  "organization.create": "Organisation created",
  "organization.grant": "Credits granted",
  "organization.adjust": "Credits adjusted",
  "organization.set_limits": "Organisation's spend limits set",
  "member.set_limits": "Member's spend limits set",
  "organization.set_alerts": "Balance alerts set",
  "organization.pause": "All keys paused",
  "organization.resume": "All keys let go on",
  "organization.delete": "Organisation deleted",
  "project.create": "Project created",
  "project.update": "Project changed",
  "project.set_mode": "Project mode set",
  "project.delete": "Project deleted",
  "project.clear_cache": "Response cache cleared",
  "project.pause": "Project's keys paused",
  "project.resume": "Project's keys let go on",
  "key.create": "Key created",
  "key.update": "Key changed",
  "key.enable": "Key enabled",
  "key.disable": "Key disabled",
  "key.rotate": "Key rotated",
  "key.delete": "Key deleted",
  "provider_key.add": "Provider key added",
  "provider_key.update": "Provider key changed",
  "provider_key.remove": "Provider key removed",
  "rules.set": "Rules set",
  "rules.add": "Rule added",
  "rules.delete": "Rule deleted",
  "rules.enable": "Rule enabled",
  "rules.disable": "Rule disabled",
  "user.create": "End user created",
  "user.update": "End user changed",
  "user.delete": "End user deleted",
  "budget.create": "Budget created",
  "budget.update": "Budget changed",
  "budget.delete": "Budget deleted",
  "price.set": "Price set",
  "price.delete": "Price removed",
  "top_up.create": "Top-up begun",
  "top_up.refund": "Top-up sent back",
  "member.join": "Member joined",
  "member.set_role": "Role changed",
  "member.remove": "Member removed",
  "member.leave": "Member left",
  "invite.create": "Member invited",
  "invite.resend": "Invitation sent again",
  "invite.revoke": "Invitation revoked",
  "account.rename": "Name changed",
  "account.change_email": "E-mail address changed",
  "account.change_password": "Password changed",
  "account.reset_password": "Password reset",
  "account.end_sessions": "Signed out everywhere",
  "top_up.confirm": "Top-up confirmed",
  "auto_top_up.set": "Automatic top-up set",
  "auto_top_up.turn_off": "Automatic top-up turned off",
};

const all: ReadonlyMap<string, string> = new Map(Object.entries(WORDS));

/** The words for an action; its name, where it was written by a newer version. */
export function actionWords(action: string): string {
  return all.get(action) ?? action;
}

/** Every action, for choosing. */
export const ACTION_OPTIONS: readonly { value: string; label: string }[] = [...all].map(([value, label]) => ({
  value,
  label,
}));

const OTHER_ACTORS: ReadonlyMap<string, string> = new Map([
  ["master", "Master key"],
  ["github", "GitHub secret scanning"],
  ["system", "Turnpike"],
]);

/** Those who act and are neither people nor keys, for choosing. */
export const OTHER_ACTOR_OPTIONS: readonly { value: string; label: string }[] = [...OTHER_ACTORS].map(
  ([value, label]) => ({ value, label }),
);

/** What an actor or a target is called: its name, else what it is and its id. */
export function partyWords(party: string, name: string | null): string {
  return name ?? OTHER_ACTORS.get(party) ?? party.slice(party.indexOf(":") + 1);
}
