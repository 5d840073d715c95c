import { createOrganization } from "@/lib/identity/create-organization";
import { insertUser, type NewUser } from "@/lib/identity/store";
import type { Tx } from "@/lib/infra/db";
import type { User } from "@/lib/infra/prisma-client/client";

export interface Person {
  user: User;
  organizationId: string;
  projectId: string;
}

/** Makes somebody, with an organisation and a project of their own, in the caller's transaction. */
export async function createPerson(tx: Tx, person: NewUser, address: string | null): Promise<Person> {
  const user = await insertUser(tx, person);
  const owner = user.name ?? user.email.slice(0, user.email.indexOf("@"));
  const made = await createOrganization(tx, {
    name: `${owner}'s organisation`,
    ownerId: user.id,
    billingEmail: user.email,
    actor: { userId: user.id, address },
  });
  return { user, ...made };
}
