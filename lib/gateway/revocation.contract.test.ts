import { beforeAll, expect, test } from "vitest";
import { pool } from "@/lib/infra/db";
import { deleteKey } from "@/lib/keys/delete-key";
import { DEFAULT_SCOPES } from "@/lib/keys/scopes";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { ask, auditMoney, chatBody, eventually, untilSettled } from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";

const CLIENTS = 30;
const CYCLES = 5;

const { doors } = openDoors();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await makeTenant({ mode: "credits" });
  // What the database itself knew of the key at the moment when each hold was written.
  await pool().query(`
    CREATE TABLE hold_witness (request_id text PRIMARY KEY, api_key_id text NOT NULL, key_status text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
    CREATE FUNCTION witness_hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO hold_witness (request_id, api_key_id, key_status) SELECT NEW.request_id, id, status FROM api_key WHERE id = NEW.api_key_id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER witness AFTER INSERT ON hold FOR EACH ROW EXECUTE FUNCTION witness_hold()`);
});

interface Seen {
  sentAt: number;
  answeredAt: number;
  status: number;
  code: unknown;
}

function codeIn(json: unknown): unknown {
  return typeof json === "object" && json !== null && "error" in json && typeof json.error === "object" && json.error
    ? Reflect.get(json.error, "code")
    : null;
}

/** Clients that call through both doors, one call after the other, until told to stop. */
function hammer(secret: string) {
  const seen: Seen[] = [];
  let stopped = false;
  const clients = Array.from({ length: CLIENTS }, async (_, index) => {
    const server = index % 2 === 0 ? doors.server : doors.next;
    while (!stopped) {
      const sentAt = performance.now();
      const answer = await ask(server, { secret, body: chatBody({ stream: index % 4 > 1 }) });
      seen.push({ sentAt, answeredAt: performance.now(), status: answer.status, code: codeIn(answer.json) });
    }
  });
  const stop = async () => {
    stopped = true;
    await Promise.all(clients);
    return seen;
  };
  /** Waits until `count` requests were both sent and answered from now on, and answers them. */
  const wholly = (count: number) => {
    const from = performance.now();
    return eventually(
      () => seen.filter(({ sentAt }) => sentAt >= from),
      (since) => since.length >= count,
    );
  };
  return { seen, stop, wholly };
}

test("no request is held under a key after it was disabled, on any instance; enabled, it serves at once", async () => {
  const { secret, key } = await addKey(tenant);
  const owner = { organizationId: tenant.organizationId, keyId: key.id, actor: { userId: tenant.userId } };
  const load = hammer(secret);
  const whileOff: Seen[] = [];
  const whileOn: Seen[] = [];
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    whileOn.push(...(await load.wholly(CLIENTS)));
    await setKeyStatus({ ...owner, status: "inactive" });
    whileOff.push(...(await load.wholly(CLIENTS)));
    await setKeyStatus({ ...owner, status: "active" });
  }
  whileOn.push(...(await load.wholly(CLIENTS)));
  const seen = await load.stop();

  expect(whileOff.filter((one) => one.status !== 401 || one.code !== "key_inactive")).toEqual([]);
  expect(whileOn.filter((one) => one.status !== 200)).toEqual([]);
  expect(seen.filter((one) => one.status !== 200 && one.status !== 401)).toEqual([]);

  const witnessed = await pool().query<{ key_status: string; count: bigint }>(
    "SELECT key_status, count(*) AS count FROM hold_witness GROUP BY 1",
  );
  expect(witnessed.rows.map((row) => row.key_status)).toEqual(["active"]);
  expect(Number(witnessed.rows[0]?.count)).toBe(seen.filter((one) => one.status === 200).length);
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});

test("a deleted key is dead at once, on any instance", async () => {
  const { secret, key } = await addKey(tenant);
  const load = hammer(secret);
  await load.wholly(CLIENTS);
  await deleteKey({ organizationId: tenant.organizationId, keyId: key.id, actor: { userId: tenant.userId } });
  const deletedAt = performance.now();
  await load.wholly(CLIENTS);
  const seen = await load.stop();
  const after = seen.filter((one) => one.sentAt >= deletedAt);
  expect(after.filter((one) => one.status !== 401)).toEqual([]);
  const wrong = await pool().query("SELECT 1 FROM hold_witness WHERE key_status <> 'active'");
  expect(wrong.rows).toEqual([]);
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});

/** What is sent to one instance, while both are under load, and what requests are told from then on. */
const CHANGES = [
  { change: "disabled", method: "PATCH", path: "", body: { is_active: false }, status: 401, code: "key_inactive" },
  { change: "deleted", method: "DELETE", path: "", body: undefined, status: 401, code: "key_inactive" },
  { change: "rotated without grace", method: "POST", path: "/rotate", body: {}, status: 401, code: "invalid_key" },
  {
    change: "given a rule that denies the model",
    method: "PATCH",
    path: "",
    body: { iam_rules: [{ type: "deny_models", value: { models: ["gpt-4o-mini"] } }] },
    status: 403,
    code: "iam_denied",
  },
  {
    change: "given a limit that is used up",
    method: "PATCH",
    path: "",
    body: { usage_limit: "0.000000001" },
    status: 401,
    code: "key_limit_reached",
  },
] as const;

test.each(CHANGES)(
  "once one instance has answered that a key is $change, no instance admits a request of it",
  async ({ method, path: below, body, status, code }) => {
    const admin = await addKey(tenant, { scopes: [...DEFAULT_SCOPES, "admin:*"] });
    const { secret, key } = await addKey(tenant);
    const admitted = async () =>
      (
        await pool().query<{ count: bigint }>("SELECT count(*) AS count FROM hold_witness WHERE api_key_id = $1", [
          key.id,
        ])
      ).rows[0]?.count;
    const load = hammer(secret);
    const underLoad = async () => {
      await load.wholly(CLIENTS);
      const answer = await ask(doors.server, {
        path: `/v1/keys/${key.id}${below}`,
        method,
        secret: admin.secret,
        body,
      });
      const at = performance.now();
      const count = await admitted();
      await load.wholly(2 * CLIENTS);
      return { changed: answer, changedAt: at, before: count };
    };
    const { changed, changedAt, before } = await underLoad().finally(load.stop);
    const { seen } = load;
    expect([200, 204]).toContain(changed.status);
    const after = seen.filter(({ sentAt }) => sentAt >= changedAt);
    expect(after.filter((one) => one.status !== status || one.code !== code)).toEqual([]);
    // Nor was one that was under way admitted later.
    expect(await admitted()).toBe(before);
    await untilSettled();
    // A limit below what was spent before it is no overspending; the audit knows only the limit.
    const unlimited = {
      path: `/v1/keys/${key.id}`,
      method: "PATCH",
      secret: admin.secret,
      body: { usage_limit: null },
    };
    await ask(doors.server, unlimited);
    expect(await auditMoney()).toEqual([]);
  },
);
