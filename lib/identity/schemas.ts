import { z } from "zod";

export const PASSWORD_CHARACTERS_MIN = 8;
export const PASSWORD_CHARACTERS_MAX = 200;
/** RFC 5321: a path is at most 256 octets, its angle brackets included. */
const EMAIL_CHARACTERS_MAX = 254;
const NAME_CHARACTERS_MAX = 100;

/** An e-mail address in the one form in which it is stored and compared: trimmed, lower case. */
export const emailSchema = z
  .string("Enter your e-mail address")
  .trim()
  .toLowerCase()
  .min(1, "Enter your e-mail address")
  .max(EMAIL_CHARACTERS_MAX, `An e-mail address has at most ${EMAIL_CHARACTERS_MAX} characters`)
  .pipe(z.email("Enter an e-mail address such as name@example.com"));

/** A password that somebody chooses; never trimmed. */
export const newPasswordSchema = z
  .string("Choose a password")
  .min(PASSWORD_CHARACTERS_MIN, `The password needs at least ${PASSWORD_CHARACTERS_MIN} characters`)
  .max(PASSWORD_CHARACTERS_MAX, `The password may have at most ${PASSWORD_CHARACTERS_MAX} characters`);

/** What somebody is called; empty: by their e-mail address. */
export const personNameSchema = z
  .string()
  .trim()
  .max(NAME_CHARACTERS_MAX, `The name may have at most ${NAME_CHARACTERS_MAX} characters`);

/** What the sign-up form sends. */
export const signUpSchema = z.object({
  name: personNameSchema.optional(),
  email: emailSchema,
  password: newPasswordSchema,
});

/** What the sign-in form sends. A password is only bounded here: what it must be was decided at sign-up. */
export const signInSchema = z.object({
  email: emailSchema,
  password: z.string("Enter your password").min(1, "Enter your password").max(PASSWORD_CHARACTERS_MAX),
});

/** What a mailed link holds, as it comes back. */
export const linkTokenSchema = z.string().max(200);

export const requestResetSchema = z.object({ email: emailSchema });

export const resetPasswordSchema = z.object({ token: linkTokenSchema, password: newPasswordSchema });

/** The password that somebody has, to prove that it is them; empty for those who have none. */
const currentPasswordSchema = z.string().max(PASSWORD_CHARACTERS_MAX);

export const changePasswordSchema = z.object({ currentPassword: currentPasswordSchema, password: newPasswordSchema });

export const requestEmailSchema = z.object({ email: emailSchema, currentPassword: currentPasswordSchema });

export const confirmEmailSchema = z.object({ token: linkTokenSchema });

export const renamePersonSchema = z.object({ name: personNameSchema });

export const organizationNameSchema = z
  .string("Give the organisation a name")
  .trim()
  .min(1, "Give the organisation a name")
  .max(NAME_CHARACTERS_MAX, `The name may have at most ${NAME_CHARACTERS_MAX} characters`);

export const addOrganizationSchema = z.object({ name: organizationNameSchema });
