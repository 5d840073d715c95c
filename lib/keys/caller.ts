import type { CallerRules } from "@/lib/iam/compile-rules";
import type { KeyEnvironment } from "@/lib/keys/secret";
import type { MeterPeriod } from "@/lib/meters/window";

/** A meter that requests of this caller draw on. */
export interface CallerMeter {
  id: bigint;
  subject: "organization" | "project" | "api_key" | "member" | "end_user";
  kind: "credits" | "spend" | "rate";
  unit: "usd" | "requests" | "tokens";
  period: MeterPeriod;
  /** For rate meters: how many a minute. Other limits are read by admission only. */
  perMinute: number | null;
}

/** An own provider key that requests of this caller may use; `sealed` is opened only when it is sent. */
export interface CallerProviderKey {
  id: string;
  provider: string;
  sealed: string;
  baseUrl: string | null;
  /** Empty: every model. */
  models: readonly string[];
  /** Lower is tried first. */
  priority: number;
}

/** A customer's customer, for whom a request is made. */
export interface CallerEndUser {
  /** As our customer names them. */
  name: string;
  isBlocked: boolean;
}

/** Who is asking, as one read of the database found it. Admission checks `version`, so a stale one admits nothing. */
export interface Caller {
  keyId: string;
  keyName: string;
  version: bigint;
  /** expired: by the database's clock, when it was read. */
  status: "active" | "inactive" | "deleted" | "expired";
  environment: KeyEnvironment;
  scopes: readonly string[];
  organizationId: string;
  projectId: string;
  mode: "api_keys" | "credits" | "hybrid";
  /** For how long the project's response cache gives an answer again; null: it is off. */
  cacheTtlSeconds: number | null;
  /** Whether the project keeps the bodies of its requests. */
  keepsBodies: boolean;
  /** The row of the end user whose budget the requests spend; null: nobody's. */
  endUserId: string | null;
  /** That end user; left out where there is none. */
  endUser?: CallerEndUser | undefined;
  /** Whether it is the installation's master key, whose requests name the end user themselves. */
  isMaster?: boolean;
  /** The end of the key's life, or of this secret's grace, whichever comes first; ms since 1970. */
  validUntil: number | null;
  /** The secret that was used, where the key has a newer one and this one is in its grace period; left out or null: it is the newest. */
  oldSecretId?: string | null;
  meters: readonly CallerMeter[];
  providerKeys: readonly CallerProviderKey[];
  /** The rules in force of the key, its project and the member who made it; null: none. */
  rules: CallerRules | null;
}
