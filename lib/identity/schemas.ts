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

/** What the sign-up form sends. */
export const signUpSchema = z.object({
  name: z
    .string()
    .trim()
    .max(NAME_CHARACTERS_MAX, `The name may have at most ${NAME_CHARACTERS_MAX} characters`)
    .optional(),
  email: emailSchema,
  password: newPasswordSchema,
});

/** What the sign-in form sends. A password is only bounded here: what it must be was decided at sign-up. */
export const signInSchema = z.object({
  email: emailSchema,
  password: z.string("Enter your password").min(1, "Enter your password").max(PASSWORD_CHARACTERS_MAX),
});
