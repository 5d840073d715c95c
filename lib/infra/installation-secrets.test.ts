import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installationSecrets } from "@/lib/infra/installation-secrets";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "turnpike-secrets-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("installationSecrets", () => {
  test("makes them once and keeps them, readable by their owner alone", async () => {
    const made = await installationSecrets(path.join(folder, "data"));
    expect(Buffer.from(made.ENCRYPTION_KEY, "base64")).toHaveLength(32);
    expect((await stat(path.join(folder, "data", "secrets.json"))).mode & 0o777).toBe(0o600);
    expect(await installationSecrets(path.join(folder, "data"))).toEqual(made);
  });

  test("gives first starts at the same moment the same ones", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => installationSecrets(folder)));
    expect(new Set(all.map((one) => one.ENCRYPTION_KEY)).size).toBe(1);
  });

  test("refuses a damaged file instead of making new ones over it", async () => {
    await writeFile(path.join(folder, "secrets.json"), "{");
    await expect(installationSecrets(folder)).rejects.toThrow(/secrets\.json is damaged/);
  });
});
