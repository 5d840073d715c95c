import { createHash } from "node:crypto";
import { randomBase62 } from "@/lib/core/ids";
import { config } from "@/lib/infra/config";

/** 256 bits and more: nobody guesses one, so a plain hash keeps it. */
const TOKEN_CHARACTERS = 43;

/** What a mailed link holds, and what of it is stored. */
export interface LinkToken {
  token: string;
  /** SHA-256, hex. */
  hash: string;
}

export function newLinkToken(): LinkToken {
  const token = randomBase62(TOKEN_CHARACTERS);
  return { token, hash: hashLinkToken(token) };
}

export function hashLinkToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The address that is mailed. The token is a parameter named `token`, which logs and the audit trail mask. */
export function linkTo(path: "/invite" | "/reset-password" | "/confirm-email", token: string): string {
  return `${config().appUrl.replace(/\/$/, "")}${path}?token=${token}`;
}
