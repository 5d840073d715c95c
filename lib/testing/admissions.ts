import { newId } from "@/lib/core/ids";
import { maxUsd, ZERO_USD } from "@/lib/core/money";
import { type Admission, type AdmissionVerdict, admitBatch, type Need } from "@/lib/gateway/admission-statement";
import { UNCHARGED } from "@/lib/gateway/settle";
import type { Settlement } from "@/lib/gateway/settlement-statement";
import { pool, transaction } from "@/lib/infra/db";
import type { Caller } from "@/lib/keys/caller";
import { readCaller } from "@/lib/keys/caller-store";
import { hashSecret } from "@/lib/keys/secret";
import { createMeter, type NewMeter } from "@/lib/meters/store";
import { makeTenant, type TenantOptions } from "@/lib/testing/builders";

/** Who a new tenant's key belongs to, as authentication reads it. */
export async function makeCaller(options: TenantOptions = {}): Promise<Caller> {
  return readAgain((await makeTenant(options)).secret);
}

export async function readAgain(secret: string): Promise<Caller> {
  const caller = await readCaller(hashSecret(secret));
  if (!caller) throw new Error("the key is gone");
  return caller;
}

/** A meter of its own beside those of the tenant; in dollars, without a period, unless told otherwise. */
export async function makeMeter(limit: bigint | null, changes: Partial<NewMeter> = {}): Promise<bigint> {
  const meter = await transaction((tx) =>
    createMeter(tx, {
      organizationId: "org_test",
      subject: "project",
      subjectId: newId("prj"),
      kind: "spend",
      unit: "usd",
      limit,
      ...changes,
    }),
  );
  return meter.id;
}

export interface MeterRow {
  limit: bigint | null;
  used: bigint;
  held: bigint;
  total: bigint;
  window_start: Date;
}

/** A meter as it stands in the database. */
export async function meterRow(id: bigint): Promise<MeterRow> {
  const result = await pool().query<MeterRow>(
    'SELECT "limit", used, held, total, window_start FROM meter WHERE id = $1',
    [id],
  );
  const [row] = result.rows;
  if (!row) throw new Error(`there is no meter ${id}`);
  return row;
}

/** Of a caller's meters the one of this kind. */
export function meterOf(caller: Caller, kind: "credits" | "spend" | "rate"): bigint {
  const meter = caller.meters.find((candidate) => candidate.kind === kind);
  if (!meter) throw new Error(`the caller has no ${kind} meter`);
  return meter.id;
}

/** A request that needs this much of these meters. */
export function admissionOf(caller: Caller, needs: readonly Need[], changes: Partial<Admission> = {}): Admission {
  const dearest = needs.reduce((most, need) => maxUsd(most, need.amount), ZERO_USD);
  return {
    requestId: newId("gen"),
    createdAt: Date.now(),
    keyId: caller.keyId,
    keyVersion: caller.version,
    validUntil: caller.validUntil,
    organizationId: caller.organizationId,
    projectId: caller.projectId,
    environment: caller.environment,
    endpoint: "chat/completions",
    model: "gpt-4o-mini",
    needs,
    amount: dearest,
    instance: "ins_test",
    holdSeconds: 120,
    ...changes,
  };
}

/** The verdict on one admission by itself. */
export async function admitOne(admission: Admission): Promise<AdmissionVerdict> {
  const [verdict] = await admitBatch([admission]);
  if (!verdict) throw new Error("there was no verdict");
  return verdict;
}

/** Verdicts on admissions that go in one statement; those that only refused neighbours stood in the way of go again. */
export async function decideAll(admissions: readonly Admission[]): Promise<AdmissionVerdict[]> {
  const verdicts = await admitBatch(admissions);
  const crowded = verdicts.flatMap((verdict, index) => (verdict.kind === "crowded" ? [index] : []));
  if (crowded.length === 0) return verdicts;
  if (crowded.length === verdicts.length) throw new Error("each stands in another's way: nobody would ever be decided");
  const again = await decideAll(crowded.flatMap((index) => admissions[index] ?? []));
  return verdicts.map((verdict, index) => again[crowded.indexOf(index)] ?? verdict);
}

/** How an admitted request ends: charged `cost` on every meter that it holds, unless told otherwise. */
export function settlementOf(admission: Admission, cost: bigint, changes: Partial<Settlement> = {}): Settlement {
  return {
    ...UNCHARGED,
    id: admission.requestId,
    createdAt: admission.createdAt,
    organizationId: admission.organizationId,
    projectId: admission.projectId,
    apiKeyId: admission.keyId,
    environment: admission.environment,
    endpoint: admission.endpoint,
    outcome: "settled",
    status: 200,
    errorCode: null,
    errorMessage: null,
    requestedModel: admission.model,
    model: admission.model,
    provider: "openai",
    billedTo: "credits",
    promptTokens: 3,
    completionTokens: 4,
    hold: admission.amount,
    cost,
    charged: cost,
    charges: admission.needs.map((need) => ({ meterId: need.meterId, amount: cost })),
    ...changes,
  };
}

/** The same, where no answer came: everything is given back. */
export function releaseOf(admission: Admission, outcome: "released" | "lost" = "released"): Settlement {
  return settlementOf(admission, 0n, {
    outcome,
    status: 502,
    errorCode: "upstream_error",
    billedTo: "none",
    charges: [],
  });
}

/** How many rows a table has for this request. */
export async function countOf(table: "hold" | "request", requestId: string): Promise<number> {
  const column = table === "hold" ? "request_id" : "id";
  const result = await pool().query<{ count: bigint }>(`SELECT count(*) AS count FROM ${table} WHERE ${column} = $1`, [
    requestId,
  ]);
  return Number(result.rows[0]?.count ?? 0n);
}
