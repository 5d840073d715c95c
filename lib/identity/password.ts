import { hash, verify } from "@node-rs/argon2";
import { randomBase62 } from "@/lib/core/ids";

/** OWASP Password Storage Cheat Sheet, argon2id (the package's default variant): 19 MiB of memory, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** argon2id of a password, in its encoded form (`$argon2id$v=19$…`). */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize("NFKC"), COST);
}

let nobody: Promise<string> | undefined;

/**
 * Whether `password` is the one behind `passwordHash`. With null (nobody by that name, or somebody without a password)
 * it is false after the same work, so the time taken does not tell who has an account.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  nobody ??= hashPassword(randomBase62(32));
  const matches = await verify(passwordHash ?? (await nobody), password.normalize("NFKC"));
  return matches && passwordHash !== null;
}
