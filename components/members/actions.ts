"use server";

import { organizationAction, personAction, visitorAction } from "@/lib/edge/session-action";
import { acceptInvite } from "@/lib/members/accept-invite";
import { changeRole } from "@/lib/members/change-role";
import { inviteMember } from "@/lib/members/invite-member";
import { leaveOrganization } from "@/lib/members/leave-organization";
import { removeMember } from "@/lib/members/remove-member";
import { resendInvite } from "@/lib/members/resend-invite";
import { revokeInvite } from "@/lib/members/revoke-invite";
import {
  acceptInviteSchema,
  changeRoleSchema,
  inviteMemberSchema,
  inviteSchema,
  leaveOrganizationSchema,
  removeMemberSchema,
  signUpByInviteSchema,
} from "@/lib/members/schemas";
import { signUpByInvite } from "@/lib/members/sign-up-by-invite";

/** Changes what a member may do. */
export const changeRoleAction = organizationAction({
  schema: changeRoleSchema,
  act: "members.manage",
  run: (input, { actor }) => changeRole({ ...input, actor }),
});

/** Removes a member; their keys are disabled or handed over. */
export const removeMemberAction = organizationAction({
  schema: removeMemberSchema,
  act: "members.manage",
  run: (input, { actor }) => removeMember({ ...input, actor }),
});

/** Leaves an organisation, as everybody may. */
export const leaveOrganizationAction = organizationAction({
  schema: leaveOrganizationSchema,
  act: "organization.view",
  run: (input, { actor }) => leaveOrganization({ ...input, actor }),
});

/** Invites somebody; the answer holds the link, this once, where no mail is sent. */
export const inviteMemberAction = organizationAction({
  schema: inviteMemberSchema,
  act: "members.manage",
  run: (input, { actor }) => inviteMember({ ...input, actor }),
});

/** Sends an invitation anew; answers as `inviteMemberAction`. */
export const resendInviteAction = organizationAction({
  schema: inviteSchema,
  act: "members.manage",
  run: (input, { actor }) => resendInvite({ ...input, actor }),
});

/** Takes an invitation back. */
export const revokeInviteAction = organizationAction({
  schema: inviteSchema,
  act: "members.manage",
  run: (input, { actor }) => revokeInvite({ ...input, actor }),
});

/** Joins the organisation of an invitation, with the account that is signed in. */
export const acceptInviteAction = personAction({
  schema: acceptInviteSchema,
  run: ({ token }, { user, address }) => acceptInvite({ token, userId: user.id, address }),
});

/** Makes an account by an invitation; the form then signs in with it. */
export const signUpByInviteAction = visitorAction({
  schema: signUpByInviteSchema,
  run: (form, { address }) => signUpByInvite({ ...form, address }),
});
