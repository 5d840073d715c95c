import { z } from "zod";
import { ROLES } from "@/lib/identity/roles";
import { emailSchema, linkTokenSchema, newPasswordSchema, personNameSchema } from "@/lib/identity/schemas";

const idSchema = z.string().max(100);
const roleSchema = z.enum(ROLES, "Choose one of the roles");

export const changeRoleSchema = z.object({ organizationId: idSchema, memberId: idSchema, role: roleSchema });

export const removeMemberSchema = z.object({
  organizationId: idSchema,
  memberId: idSchema,
  /** The member who gets the keys; null: they are disabled. */
  heirId: idSchema.nullable(),
});

export const leaveOrganizationSchema = z.object({ organizationId: idSchema, heirId: idSchema.nullable() });

export const inviteMemberSchema = z.object({ organizationId: idSchema, email: emailSchema, role: roleSchema });

export const inviteSchema = z.object({ organizationId: idSchema, inviteId: idSchema });

export const acceptInviteSchema = z.object({ token: linkTokenSchema });

/** What the form of an invitation sends; the address is the invitation's. */
export const signUpByInviteSchema = z.object({
  token: linkTokenSchema,
  name: personNameSchema.optional(),
  password: newPasswordSchema,
});
