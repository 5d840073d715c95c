"use server";

import { visitorAction } from "@/lib/edge/session-action";
import { signUpSchema } from "@/lib/identity/schemas";
import { signUp } from "@/lib/identity/sign-up";

/** Makes the account; the form then signs in with the same words. */
export const signUpAction = visitorAction({
  schema: signUpSchema,
  run: (form, { address }) => signUp({ ...form, address }),
});
