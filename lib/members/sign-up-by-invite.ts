import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { hashPassword } from "@/lib/identity/password";
import { insertUser, isUniqueViolation } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { type Joined, joinOrganization } from "@/lib/members/join-organization";
import { readInvite } from "@/lib/members/read-invite";
import { inviteNotValid, takeInvite } from "@/lib/members/take-invite";

export interface InvitedSignUp {
  /** Out of the link. */
  token: string;
  name?: string | undefined;
  /** As `newPasswordSchema` takes it. */
  password: string;
  address: string | null;
}

/**
 * Makes an account for whoever was invited, as a member of that organisation and of no other, in one transaction. The address
 * is the invitation's, and proven where the link went by mail alone.
 * @throws GatewayError conflict as `takeInvite`, and where the address has an account.
 */
export async function signUpByInvite(
  { token, name, password, address }: InvitedSignUp,
  now = new Date(),
): Promise<Joined & { email: string }> {
  // Not a hash for whoever comes with nothing; `takeInvite` says what is wrong with the rest.
  if ((await readInvite(token, now)) === null) throw inviteNotValid();
  const passwordHash = await hashPassword(password);
  try {
    return await transaction(async (tx) => {
      const invite = await takeInvite(tx, token, now);
      const user = await insertUser(tx, {
        email: invite.email,
        name: cleanText(name ?? "", 100) || null,
        image: null,
        passwordHash,
        emailVerified: invite.isMailed ? now : null,
      });
      const joined = await joinOrganization(tx, invite, { userId: user.id, address }, now);
      return { ...joined, email: user.email };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new GatewayError("conflict", "An account with this e-mail address exists already. Sign in instead.");
  }
}
