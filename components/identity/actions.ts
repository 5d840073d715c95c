"use server";

import { z } from "zod";
import { personAction, visitorAction } from "@/lib/edge/session-action";
import { addOrganization } from "@/lib/identity/add-organization";
import { changePassword } from "@/lib/identity/change-password";
import { confirmEmail } from "@/lib/identity/confirm-email";
import { endSessions } from "@/lib/identity/end-sessions";
import { renamePerson } from "@/lib/identity/rename-person";
import { requestEmail } from "@/lib/identity/request-email";
import { requestPasswordReset } from "@/lib/identity/request-password-reset";
import { resetPassword } from "@/lib/identity/reset-password";
import {
  addOrganizationSchema,
  changePasswordSchema,
  confirmEmailSchema,
  renamePersonSchema,
  requestEmailSchema,
  requestResetSchema,
  resetPasswordSchema,
  signUpSchema,
} from "@/lib/identity/schemas";
import { signUp } from "@/lib/identity/sign-up";

/** Makes the account; the form then signs in with the same words. */
export const signUpAction = visitorAction({
  schema: signUpSchema,
  run: (form, { address }) => signUp({ ...form, address }),
});

/** Mails a link for a new password; the answer is the same whether or not anybody has the address. */
export const requestResetAction = visitorAction({
  schema: requestResetSchema,
  run: (form, { address }) => requestPasswordReset({ ...form, address }),
});

/** Sets a new password by a mailed link. */
export const resetPasswordAction = visitorAction({
  schema: resetPasswordSchema,
  run: (form, { address }) => resetPassword({ ...form, address }),
});

/** Changes what the person is called. */
export const renamePersonAction = personAction({
  schema: renamePersonSchema,
  run: (form, { user, address }) => renamePerson({ ...form, userId: user.id, address }),
});

/** Changes the password; the form then signs in with the new one, since every session ends. */
export const changePasswordAction = personAction({
  schema: changePasswordSchema,
  run: (form, { user, address }) => changePassword({ ...form, userId: user.id, address }),
});

/** Mails a link that makes an address the person's. */
export const requestEmailAction = personAction({
  schema: requestEmailSchema,
  run: (form, { user, address }) => requestEmail({ ...form, userId: user.id, address }),
});

/** Makes an address the person's by that link. */
export const confirmEmailAction = personAction({
  schema: confirmEmailSchema,
  run: ({ token }, { user, address }) => confirmEmail({ token, userId: user.id, address }),
});

/** Ends every session of the person, this one too. */
export const endSessionsAction = personAction({
  schema: z.object({}),
  run: (_form, { user, address }) => endSessions({ userId: user.id, address }),
});

/** Makes one more organisation, which the person owns. */
export const addOrganizationAction = personAction({
  schema: addOrganizationSchema,
  run: (form, { user, address }) => addOrganization({ ...form, userId: user.id, address }),
});
