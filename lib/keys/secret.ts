import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { randomBase62, toBase62 } from "@/lib/core/ids";

/** Published for secret scanners (CONTRACT section 2). */
export const SECRET_PATTERN = /^tp_(live|test)_[0-9A-Za-z]{38}$/;

const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const PREFIX_LENGTH = 12;

export type KeyEnvironment = "live" | "test";

export interface NewSecret {
  /** The whole key; shown once, stored nowhere. */
  secret: string;
  /** SHA-256 of the whole key, hex. */
  hash: string;
  /** The first 12 characters. */
  prefix: string;
  lastFour: string;
}

function checksum(text: string): string {
  return toBase62(crc32(text), CHECKSUM_LENGTH);
}

/** SHA-256 of a whole key, hex: the only form in which it is stored. */
export function hashSecret(secret: string): string {
  return hash("sha256", secret, "hex");
}

/** A new key: `tp_<environment>_`, 32 random base62 characters, six of CRC-32 over all before them. */
export function generateSecret(environment: KeyEnvironment): NewSecret {
  const body = `tp_${environment}_${randomBase62(RANDOM_LENGTH)}`;
  const secret = body + checksum(body);
  return { secret, hash: hashSecret(secret), prefix: secret.slice(0, PREFIX_LENGTH), lastFour: secret.slice(-4) };
}

/** Whether `text` has the form of a key and a right checksum; a wrong one never costs a database read. */
export function isWellFormed(text: string): boolean {
  if (!SECRET_PATTERN.test(text)) return false;
  const body = text.slice(0, -CHECKSUM_LENGTH);
  return checksum(body) === text.slice(-CHECKSUM_LENGTH);
}
