import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { createPerson } from "@/lib/identity/create-person";
import { fieldErrors } from "@/lib/identity/field-errors";
import { hashPassword } from "@/lib/identity/password";
import { signUpSchema } from "@/lib/identity/schemas";
import { findUserByEmail, isUniqueViolation } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";

export interface SignUp {
  name?: string | undefined;
  email: string;
  password: string;
  /** The client's address, for the audit trail. */
  address?: string | null;
}

export interface SignedUp {
  userId: string;
  organizationId: string;
  projectId: string;
}

/**
 * Makes an account with e-mail and password, and a first organisation and project with it, in one transaction.
 * @throws GatewayError invalid_fields with `metadata.fields`; conflict when the e-mail has an account (also when the
 * other sign-up runs at the same moment).
 */
export async function signUp({ address = null, ...form }: SignUp): Promise<SignedUp> {
  const parsed = signUpSchema.safeParse(form);
  if (!parsed.success) throw fieldErrors(parsed.error);
  const { email, password } = parsed.data;
  const name = cleanText(parsed.data.name ?? "", 100) || null;
  if (await findUserByEmail(email)) throw taken();
  const passwordHash = await hashPassword(password);
  try {
    const person = await transaction((tx) =>
      createPerson(tx, { email, name, image: null, passwordHash, emailVerified: null }, address),
    );
    return { userId: person.user.id, organizationId: person.organizationId, projectId: person.projectId };
  } catch (error) {
    if (isUniqueViolation(error)) throw taken();
    throw error;
  }
}

function taken(): GatewayError {
  const message = "An account with this e-mail address exists already. Sign in instead.";
  return new GatewayError("conflict", message, { param: "email", metadata: { fields: { email: message } } });
}
