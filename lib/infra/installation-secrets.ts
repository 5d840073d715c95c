import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { ConfigError } from "@/lib/infra/config";

const secretsSchema = z.object({ NEXTAUTH_SECRET: z.string().min(32), ENCRYPTION_KEY: z.string().min(44) });

/** By the names of the variables that they stand in for. */
export type InstallationSecrets = z.infer<typeof secretsSchema>;

/**
 * The secrets that an installation makes for itself at its first start and keeps in `secrets.json` in its data folder,
 * readable by its owner alone. Two first starts at once get the same ones.
 * @throws ConfigError when the file is damaged: new secrets would lock away what the old ones sealed.
 */
export async function installationSecrets(dataDir: string): Promise<InstallationSecrets> {
  const file = path.join(dataDir, "secrets.json");
  const kept = await readKept(file);
  if (kept) return kept;
  // Others may pass through: the embedded PostgreSQL may run as another user.
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  const made: InstallationSecrets = {
    NEXTAUTH_SECRET: randomBytes(32).toString("base64"),
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
  };
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  // A link never replaces: whoever comes second finds what the first one made.
  await link(draft, file).catch(() => undefined);
  await rm(draft, { force: true });
  const agreed = await readKept(file);
  if (!agreed) throw new ConfigError(`${file} cannot be written: set DATA_DIR to a folder that can`);
  return agreed;
}

async function readKept(file: string): Promise<InstallationSecrets | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new ConfigError(`${file} cannot be read: its owner should start the server`);
  }
  try {
    return secretsSchema.parse(JSON.parse(text));
  } catch {
    throw new ConfigError(
      `${file} is damaged: put it back from a backup; without it nothing that it sealed can be opened`,
    );
  }
}
