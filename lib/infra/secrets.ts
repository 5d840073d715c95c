import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { config } from "@/lib/infra/config";

const VERSION = "v1";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Eight hex characters that name a sealing key without telling anything about it. */
function keyId(key: Buffer): string {
  return createHash("sha256").update("turnpike-sealing-key").update(key).digest("hex").slice(0, 8);
}

/**
 * Seals a secret with AES-256-GCM under the first key of `ENCRYPTION_KEY`.
 * Envelope: `v1.<key id>.<base64url of iv ‖ tag ‖ ciphertext>`.
 */
export function seal(plain: string): string {
  const key = config().encryptionKeys[0];
  if (!key) throw new Error("ENCRYPTION_KEY is not set: nothing can be sealed");
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const ciphertext = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return `${VERSION}.${keyId(key)}.${Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString("base64url")}`;
}

/** Whether this is sealed under the first key of `ENCRYPTION_KEY`, as its envelope says; only `open` proves that it opens. */
export function isSealedUnderFirst(sealed: string): boolean {
  const key = config().encryptionKeys[0];
  return key !== undefined && sealed.startsWith(`${VERSION}.${keyId(key)}.`);
}

/**
 * Opens what `seal` made, under whichever of the keys sealed it.
 * @throws Error when the envelope is damaged or its key is no longer listed; the text names the key id, never a secret.
 */
export function open(sealed: string): string {
  const [version, id, payload] = sealed.split(".");
  if (version !== VERSION || !id || !payload) throw new Error("a sealed secret is damaged");
  const key = config().encryptionKeys.find((candidate) => keyId(candidate) === id);
  if (!key) throw new Error(`a secret is sealed with key ${id}, which ENCRYPTION_KEY no longer lists`);
  const bytes = Buffer.from(payload, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
}
