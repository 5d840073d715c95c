import pg from "pg";
import { MODELS } from "@/lib/catalog/models";
import { newId } from "@/lib/core/ids";
import { NANO_PER_USD, usd } from "@/lib/core/money";
import { signUp } from "@/lib/identity/sign-up";
import { config } from "@/lib/infra/config";
import { createKey } from "@/lib/keys/create-key";
import { giveCredits } from "@/lib/ledger/give-credits";
import { rollUpPast } from "@/lib/usage/rollup-store";

const DAY_MS = 86_400_000;
const ROLLUP_TIMEOUT_MS = 600_000;
/** One key in so many is a test key, which costs nothing. */
const TEST_KEY_EVERY = 20;

export interface YearPlan {
  email: string;
  password: string;
  /** Requests in all, more of them towards the end. */
  requests: number;
  days: number;
  keys: number;
  models: number;
  endUsers: number;
}

export const BIG_YEAR: Omit<YearPlan, "email" | "password"> = {
  requests: 1_000_000,
  days: 365,
  keys: 200,
  models: 30,
  endUsers: 500,
};

export interface WrittenYear {
  organizationId: string;
  projectId: string;
  requests: number;
}

/** Eight base62 digits of a number, as `toBase62` writes them. */
function base62(value: string, digits: number): string {
  const alphabet = "'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'";
  return Array.from(
    { length: digits },
    (_, index) => `substr(${alphabet}, (${value} / ${62n ** BigInt(digits - 1 - index)} % 62)::int + 1, 1)`,
  ).join(" || ");
}

/**
 * A day's receipts out of random numbers: $1 from, $2 how many ms, $3 how many, $4 organisation, $5 project, $6 keys,
 * $7 how many of the last keys are test keys, $8 models, $9 providers, $10 and $11 their prices, $12 end users. Few models
 * and keys have most of the traffic; one call in thirty fails, one in a hundred is refused, one in eight is paid with an
 * own provider key.
 */
const RECEIPTS = `
WITH dice AS (
  SELECT floor(extract(epoch FROM $1::timestamptz) * 1000 + $2::bigint * (random() + random()) / 2)::bigint AS ms,
    floor(random() * 62 ^ 9)::bigint AS tail, floor(random() * 62 ^ 5)::bigint AS tail2,
    1 + floor(cardinality($6::text[]) * random() ^ 1.5)::int AS key, 1 + floor(cardinality($8::text[]) * random() ^ 2)::int AS model,
    CASE WHEN random() < 0.5 THEN 1 + floor(cardinality($12::text[]) * random() ^ 2)::int END AS end_user,
    random() AS luck, random() < 0.125 AS own, random() < 0.6 AS streamed,
    (20 + 4000 * random() ^ 3)::bigint AS prompt, (5 + 1500 * random() ^ 2)::bigint AS completion,
    (350 * exp(2 * (random() + random() + random() - 1.5)))::int AS latency
  FROM generate_series(1, $3::int)
), r AS (
  SELECT *, luck < 0.01 AS refused, luck >= 0.01 AND luck < 0.043 AS failed, key > cardinality($6::text[]) - $7::int AS test,
    ceil((prompt * ($10::bigint[])[model] + completion * ($11::bigint[])[model])::numeric / 1000000)::bigint AS price
  FROM dice
), f AS (
  SELECT *, CASE WHEN refused OR failed THEN 0 ELSE price END AS cost, to_timestamp(ms / 1000.0) AS at FROM r
)
INSERT INTO request (id, created_at, organization_id, project_id, api_key_id, end_user_id, environment, endpoint, outcome, status, error_code, error_message,
  requested_model, model, provider, streamed, finish_reason, is_byok, billed_to, prompt_tokens, completion_tokens, input_price, output_price,
  hold, cost, charged, attempts, latency_ms, first_token_ms, settled_at)
SELECT 'gen_' || ${base62("ms", 8)} || ${base62("tail", 9)} || ${base62("tail2", 5)}, at, $4, $5, ($6::text[])[key], ($12::text[])[end_user],
  CASE WHEN test THEN 'test' ELSE 'live' END::"KeyEnvironment", 'chat/completions',
  CASE WHEN refused THEN 'refused' WHEN failed THEN 'released' ELSE 'settled' END::"Outcome",
  CASE WHEN refused THEN 401 WHEN failed THEN 502 ELSE 200 END, CASE WHEN refused THEN 'key_limit_reached' WHEN failed THEN 'upstream_error' END,
  CASE WHEN refused THEN 'Unauthorized: Turnpike API key reached its usage limit.' WHEN failed THEN 'The provider failed' END,
  ($9::text[])[model] || '/' || ($8::text[])[model], CASE WHEN NOT refused THEN ($8::text[])[model] END, CASE WHEN NOT refused THEN ($9::text[])[model] END,
  streamed, CASE WHEN NOT refused AND NOT failed THEN 'stop' END, own AND NOT refused,
  CASE WHEN refused OR failed OR test THEN 'none' WHEN own THEN 'provider_key' ELSE 'credits' END::"BilledTo",
  CASE WHEN refused OR failed THEN 0 ELSE prompt END, CASE WHEN refused OR failed THEN 0 ELSE completion END,
  CASE WHEN NOT refused THEN ($10::bigint[])[model] END, CASE WHEN NOT refused THEN ($11::bigint[])[model] END,
  CASE WHEN refused THEN 0 ELSE price * 3 END, cost, CASE WHEN own OR test THEN 0 ELSE cost END,
  CASE WHEN refused THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object('provider', ($9::text[])[model], 'model', ($8::text[])[model], 'providerKeyId', NULL,
    'status', CASE WHEN failed THEN 503 ELSE 200 END, 'outcome', CASE WHEN failed THEN 'failed' ELSE 'served' END, 'error', NULL, 'durationMs', latency)) END,
  CASE WHEN refused THEN 2 ELSE latency END, CASE WHEN streamed AND NOT refused AND NOT failed THEN latency / 4 END, at + latency * interval '1 ms'
FROM f`;

/** The hourly sums as settle writes them. */
const HOURS = `
INSERT INTO usage_hour (hour, organization_id, project_id, api_key_id, environment, provider, model, requests, errors, prompt_tokens, completion_tokens, cost, byok_cost, charged)
SELECT date_bin('1 hour', created_at, 'epoch'::timestamptz), organization_id, project_id, api_key_id, environment, coalesce(provider, ''), coalesce(model, ''),
  count(*), count(*) FILTER (WHERE status >= 400), sum(prompt_tokens), sum(completion_tokens), sum(cost), coalesce(sum(cost) FILTER (WHERE is_byok), 0), sum(charged)
FROM request WHERE project_id = $1 GROUP BY 1, 2, 3, 4, 5, 6, 7`;

/** One journal transaction a day in place of one a batch. */
const JOURNAL = `
INSERT INTO journal_entry (transaction_id, source, organization_id, account, amount, description, created_at)
SELECT 'txn_seed' || d.day, 'settle:seed:' || $1 || ':' || d.day, d.organization_id, v.account::"LedgerAccount", v.amount, d.requests || ' requests settled', d.at
FROM (
  SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYYMMDD') AS day, organization_id, max(settled_at) AS at, count(*) AS requests, sum(charged)::bigint AS charged
  FROM request WHERE project_id = $1 GROUP BY 1, 2
) AS d CROSS JOIN LATERAL (VALUES ('credits', -d.charged), ('revenue', d.charged)) AS v(account, amount) WHERE v.amount <> 0`;

const CREDITS_METER = `
UPDATE meter SET used = used + s.charged, total = total + s.charged, last_used_at = s.at
FROM (SELECT organization_id, sum(charged)::bigint AS charged, max(settled_at) AS at FROM request WHERE project_id = $1 GROUP BY 1) AS s
WHERE meter.subject = 'organization' AND meter.kind = 'credits' AND meter.subject_id = s.organization_id`;

const KEY_METERS = `
UPDATE meter SET used = s.cost, total = s.cost, last_used_at = s.at
FROM (SELECT api_key_id, sum(cost)::bigint AS cost, max(settled_at) AS at FROM request WHERE project_id = $1 GROUP BY 1) AS s
WHERE meter.subject = 'api_key' AND meter.kind = 'spend' AND meter.unit = 'usd' AND meter.subject_id = s.api_key_id`;

/**
 * Writes a tenant with a year (or what the plan says) of requests up to `until`, straight into partitions, hourly sums,
 * rollups, meters and the journal, so that the books agree. For demonstrations and measurements; nothing else may be
 * spending the organisation's credits meanwhile.
 * @throws GatewayError conflict where the e-mail address has an account.
 */
export async function writeYear(plan: YearPlan, until: Date, say: (line: string) => void): Promise<WrittenYear> {
  const { userId, organizationId, projectId } = await signUp({
    name: "Big Year",
    email: plan.email,
    password: plan.password,
  });
  const actor = { userId };
  const keys: string[] = [];
  const testKeys = Math.floor(plan.keys / TEST_KEY_EVERY);
  for (let index = 0; index < plan.keys; index += 1) {
    const { key } = await createKey({
      organizationId,
      projectId,
      name: `service-${String(index + 1).padStart(3, "0")}`,
      environment: index >= plan.keys - testKeys ? "test" : "live",
      expiresAt: null,
      usageLimit: null,
      usageLimitReset: "none",
      actor,
    });
    keys.push(key.id);
  }
  say(`${plan.keys} keys`);
  const client = new pg.Client({ connectionString: config().databaseUrl });
  await client.connect();
  try {
    const endUsers = await makeEndUsers(client, { organizationId, count: plan.endUsers });
    const models = MODELS.filter(({ kind, offers }) => kind === "chat" && offers[0] && !offers[0].unpriced).slice(
      0,
      plan.models,
    );
    const offers = models.map((model) => ({ name: model.name, offer: model.offers[0] }));
    await client.query("SET synchronous_commit = off; SET work_mem = '64MB'");
    const today = Math.floor(until.getTime() / DAY_MS) * DAY_MS;
    const first = today - (plan.days - 1) * DAY_MS;
    await client.query("SELECT request_ensure_partitions($1::date, $2::date)", [dayOf(first), dayOf(today)]);
    // From one to two requests a day over the year; the running day has its part.
    const weights = Array.from(
      { length: plan.days },
      (_, day) => (1 + day / plan.days) * (day === plan.days - 1 ? (until.getTime() - today) / DAY_MS : 1),
    );
    const perWeight = plan.requests / weights.reduce((sum, weight) => sum + weight, 0);
    let written = 0;
    let owed = 0;
    for (const [day, weight] of weights.entries()) {
      owed += weight * perWeight;
      const count = day === plan.days - 1 ? plan.requests - written : Math.max(0, Math.round(owed) - written);
      const from = first + day * DAY_MS;
      await client.query({
        name: "receipts",
        text: RECEIPTS,
        values: [
          new Date(from).toISOString(),
          Math.min(DAY_MS, until.getTime() - from) - 1,
          count,
          organizationId,
          projectId,
          keys,
          testKeys,
          offers.map(({ name }) => name),
          offers.map(({ offer }) => offer?.provider ?? ""),
          offers.map(({ offer }) => (offer?.price.input ?? 0n).toString()),
          offers.map(({ offer }) => (offer?.price.output ?? 0n).toString()),
          endUsers,
        ],
      });
      written += count;
    }
    say(`${written} receipts`);
    await client.query(HOURS, [projectId]);
    say("hourly sums");
    const { rows } = await client.query<{ charged: string }>(
      "SELECT coalesce(sum(charged), 0)::text AS charged FROM request WHERE project_id = $1",
      [projectId],
    );
    const credits = (BigInt(rows[0]?.charged ?? 0) / NANO_PER_USD) * NANO_PER_USD + 500n * NANO_PER_USD;
    await giveCredits({
      organizationId,
      amount: usd(credits),
      reason: "For the seeded year",
      expiresAt: null,
      actor: { system: true },
    });
    await client.query("BEGIN");
    await client.query(JOURNAL, [projectId]);
    await client.query(KEY_METERS, [projectId]);
    await client.query(CREDITS_METER, [projectId]);
    await client.query("COMMIT");
    say("journal and meters");
    await rollUpPast(projectId, ROLLUP_TIMEOUT_MS);
    say("rollups");
    await client.query("ANALYZE request, usage_hour, usage_rollup, latency_rollup, api_key, end_user");
    return { organizationId, projectId, requests: written };
  } finally {
    await client.end();
  }
}

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

/** Without the audit trail and the meters that `createEndUser` makes: their spending is in the receipts alone. */
async function makeEndUsers(
  client: pg.Client,
  { organizationId, count }: { organizationId: string; count: number },
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId("eu"));
  await client.query(
    `INSERT INTO end_user (id, organization_id, external_id, updated_at)
     SELECT id, $2, 'customer-' || lpad(place::text, 5, '0'), now() FROM unnest($1::text[]) WITH ORDINALITY AS t(id, place)`,
    [ids, organizationId],
  );
  return ids;
}
