import { randomBytes } from "node:crypto";
import { afterAll, beforeEach, expect, test } from "vitest";
import { newId } from "@/lib/core/ids";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { isSealedUnderFirst, open, seal } from "@/lib/infra/secrets";
import { readCaller } from "@/lib/keys/caller-store";
import { hashSecret } from "@/lib/keys/secret";
import { resealProviderKeys } from "@/lib/provider-keys/reseal-provider-keys";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

const [OLD, NEW, UNKNOWN] = [1, 2, 3].map((number) => Buffer.alloc(32, `key ${number}`).toString("base64"));
/** More than a batch, and not a multiple of one. */
const MANY = 230;

let database: ScratchDatabase | undefined;
let tenant: Tenant;

beforeEach(async () => {
  await closeDatabase();
  await database?.drop();
  database = await useTestDatabase();
  setEnvironment({ ENCRYPTION_KEY: OLD });
  tenant = await makeTenant();
});
afterAll(async () => {
  await closeDatabase();
  await database?.drop();
});

/** Provider keys sealed under the first of these keys, and what is in them by id. */
async function addKeys(count: number, encryptionKey = OLD): Promise<Map<string, string>> {
  setEnvironment({ ENCRYPTION_KEY: encryptionKey });
  const secrets = new Map<string, string>();
  for (let index = 0; index < count; index += 1) secrets.set(newId("pvk"), randomBytes(12).toString("hex"));
  await prisma().providerKey.createMany({
    data: [...secrets].map(([id, secret]) => ({
      id,
      organizationId: tenant.organizationId,
      projectId: tenant.projectId,
      provider: "openai",
      sealed: seal(secret),
      lastFour: secret.slice(-4),
    })),
  });
  return secrets;
}

const sealedById = async () =>
  new Map((await prisma().providerKey.findMany()).map(({ id, sealed }) => [id, sealed] as const));

const caller = async () => {
  const found = await readCaller(hashSecret(tenant.secret));
  if (!found) throw new Error("the key is not there");
  return found;
};

test("every provider key opens under the new key alone afterwards, to the same secret; a second run changes nothing", async () => {
  const secrets = await addKeys(MANY);
  setEnvironment({ ENCRYPTION_KEY: `${NEW},${OLD}` });
  expect(await resealProviderKeys()).toEqual({ resealed: MANY, alreadyUnderFirst: 0, unopened: [] });
  setEnvironment({ ENCRYPTION_KEY: NEW });
  const sealed = await sealedById();
  expect(new Map([...sealed].map(([id, text]) => [id, open(text)]))).toEqual(secrets);
  expect(await resealProviderKeys()).toEqual({ resealed: 0, alreadyUnderFirst: MANY, unopened: [] });
  expect(await sealedById()).toEqual(sealed);
});

test("a provider key that no key opens, or that is damaged under the first, is named, left as it is, and holds up no other", async () => {
  const [lost] = (await addKeys(1, UNKNOWN)).keys();
  const [damaged] = (await addKeys(1, NEW)).keys();
  if (!lost || !damaged) throw new Error("nothing was added");
  const fine = await addKeys(3);
  setEnvironment({ ENCRYPTION_KEY: `${NEW},${OLD}` });
  await prisma().providerKey.update({ where: { id: damaged }, data: { sealed: `${seal("x")}AAAA` } });
  const before = await sealedById();
  const { unopened, ...counts } = await resealProviderKeys();
  expect(counts).toEqual({ resealed: 3, alreadyUnderFirst: 0 });
  expect(unopened.toSorted()).toEqual([lost, damaged].toSorted());
  const after = await sealedById();
  for (const id of [lost, damaged]) expect(after.get(id)).toBe(before.get(id));
  for (const id of fine.keys()) expect(isSealedUnderFirst(after.get(id) ?? "")).toBe(true);
});

test("requests that run meanwhile open their provider keys, remembered or read anew, and are decided as before", async () => {
  const secrets = await addKeys(MANY);
  setEnvironment({ ENCRYPTION_KEY: `${NEW},${OLD}` });
  const remembered = await caller();
  const opens = ({ providerKeys }: typeof remembered) =>
    expect(new Map(providerKeys.map(({ id, sealed }) => [id, open(sealed)]))).toEqual(secrets);
  let running = true;
  let read = 0;
  const requests = (async () => {
    while (running) {
      opens(await caller());
      read += 1;
    }
  })();
  const { resealed } = await resealProviderKeys();
  running = false;
  await requests;
  expect({ resealed, read: read > 0 }).toEqual({ resealed: MANY, read: true });
  opens(remembered);
  opens(await caller());
  expect((await caller()).version).toBe(remembered.version);
});

test("a provider key that is removed or changed meanwhile is not brought back or undone", async () => {
  const [gone, changed] = (await addKeys(2)).keys();
  if (!gone || !changed) throw new Error("nothing was added");
  setEnvironment({ ENCRYPTION_KEY: `${NEW},${OLD}` });
  let resealing: ReturnType<typeof resealProviderKeys> | undefined;
  await transaction(async (tx) => {
    await tx.providerKey.delete({ where: { id: gone } });
    await tx.providerKey.update({ where: { id: changed }, data: { sealed: seal("another secret") } });
    resealing = resealProviderKeys();
    // It waits for these rows: nothing else can let it go on before this commits.
    for (let waiting = 0n; waiting === 0n; ) {
      const rows = await prisma().$queryRaw<{ waiting: bigint }[]>`
        SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      waiting = rows[0]?.waiting ?? 0n;
    }
  });
  expect(await resealing).toEqual({ resealed: 0, alreadyUnderFirst: 1, unopened: [] });
  const after = await sealedById();
  expect([...after.keys()]).toEqual([changed]);
  expect(open(after.get(changed) ?? "")).toBe("another secret");
});

test("without a key nothing is done, and an installation without provider keys has nothing to do", async () => {
  expect(await resealProviderKeys()).toEqual({ resealed: 0, alreadyUnderFirst: 0, unopened: [] });
  await addKeys(1);
  const before = await sealedById();
  setEnvironment({ ENCRYPTION_KEY: undefined });
  await expect(resealProviderKeys()).rejects.toThrow("ENCRYPTION_KEY is not set");
  expect(await sealedById()).toEqual(before);
});
