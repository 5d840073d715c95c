import { createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { readSettingsFile, SettingsFileError } from "@/lib/infra/settings-file";
import { PROVIDER_IDS } from "@/lib/providers/provider";

/** A setting that stops the start. The message is one line, names the variable or flag, and never holds a secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** How wrong credentials are counted and blocked; CONTRACT section 2. */
export interface BruteForceConfig {
  enabled: boolean;
  maxFailedAttempts: number;
  ttlSeconds: number;
  initialBlockSeconds: number;
  maxBlockSeconds: number;
}

/** Everything an operator can set; CONTRACT section 12 has the names, `settings` below the defaults. */
export interface Config {
  /** `NODE_ENV=production`. */
  production: boolean;
  port: number;
  /** The address to listen on; the loopback's where authentication is off, whatever `HOST` says. */
  host: string;
  /** Serves everyone as a local user of the default project (CONTRACT section 2). */
  disableAuth: boolean;
  /** The public address, without a slash at the end. */
  appUrl: string;
  /** Where this machine reaches the server itself, past any proxy. */
  ownUrl: string;
  /** @throws ConfigError while the embedded database has not been started (only `server.ts` and scripts see that). */
  readonly databaseUrl: string;
  /** True when the database is the one under `dataDir`: a try-out or single-machine installation. */
  embeddedDatabase: boolean;
  /**
   * True below `server.ts`, which runs the gateway and its background work itself; the copy that Next bundles must
   * leave that alone.
   */
  servedByServer: boolean;
  /** Where the process that serves pages listens, in a worker process of `server.ts`. */
  pagesSocket: string | undefined;
  /** Absolute path. */
  dataDir: string;
  gatewayMasterKey: string | undefined;
  /** @throws ConfigError when neither the environment nor `server.ts` provided one. */
  readonly nextauthSecret: string;
  /** 32 bytes each; the first seals, all open. Empty when unset. */
  encryptionKeys: Buffer[];
  /** Server processes on this machine. */
  webConcurrency: number;
  /** Addresses and ranges (`10.0.0.0/8`) whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  bruteForce: BruteForceConfig;
  /** Set together with `stripeWebhookSecret` or not at all. */
  stripeSecretKey: string | undefined;
  stripeWebhookSecret: string | undefined;
  stripeApiBase: string | undefined;
  /** Whether payments are simulated; never with a database of one's own in production. CONTRACT section 11. */
  stripeSimulated: boolean;
  /** Added to a top-up, in basis points (500 = 5 %). */
  creditFeeBps: number;
  /** Taken from credits for own-key traffic, in basis points. */
  byokFeeBps: number;
  githubId: string | undefined;
  githubSecret: string | undefined;
  googleId: string | undefined;
  googleSecret: string | undefined;
  smtpUrl: string | undefined;
  /** Who mail comes from: `Turnpike <turnpike@example.com>`. */
  mailFrom: string | undefined;
  /** Public keys (ECDSA P-256) by which reports of leaked keys are signed; empty: no reports are taken. */
  leakedKeyPublicKeys: KeyObject[];
  logLevel: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  metricsToken: string | undefined;
  /** `METRICS=public`: `/metrics` answers without a token. */
  metricsPublic: boolean;
  otelExporterOtlpEndpoint: string | undefined;
  maxBodyBytes: number;
  upstreamTimeoutMs: number;
  allowPrivateUpstreams: boolean;
  /** How long requests in flight may take to finish after SIGTERM. */
  shutdownTimeoutMs: number;
  /** How long bodies are kept, of projects that keep them. */
  captureDays: number;
}

/** The installation's own keys for one provider, and where it is reached if not at its usual address. */
export interface ProviderPool {
  keys: string[];
  baseUrl?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const MASTER_KEY_CHARACTERS_MIN = 32;
const ENCRYPTION_KEY_BYTES = 32;
const LOOPBACK = "127.0.0.1";
/** Read where no other is named, if it is there. */
const SETTINGS_FILE = "turnpike.yml";

const whole = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)
    .default(fallback);

const flag = (fallback: boolean) =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(["true", "1", "yes", "on", "false", "0", "no", "off"], "must be true or false"))
    .transform((value) => ["true", "1", "yes", "on"].includes(value))
    .default(fallback);

const text = z.string().optional();

const webAddress = z
  .url({ protocol: /^https?$/, error: "must be an address that begins with http:// or https://" })
  .transform((value) => value.replace(/\/+$/, ""))
  .optional();

const list = z.string().transform((value) =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);

function isAddressOrRange(value: string): boolean {
  const [address = "", prefix, ...rest] = value.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

/** Every key of a text of PEM blocks, whose lines may be parted by a written `\n`; null when it is anything else. */
function publicKeys(value: string): KeyObject[] | null {
  const text = value.replaceAll("\\n", "\n");
  const blocks = text.match(PEM) ?? [];
  if (blocks.length === 0 || text.replaceAll(PEM, "").replaceAll(/[\s,]/g, "") !== "") return null;
  try {
    const keys = blocks.map((block) => createPublicKey(block));
    const fits = keys.every((key) => key.asymmetricKeyDetails?.namedCurve === "prime256v1");
    return fits ? keys : null;
  } catch {
    return null;
  }
}

/** One entry a variable. Values arrive as text, from whichever layer set them; an empty one counts as unset. */
const settings = z.object({
  NODE_ENV: text,
  PORT: whole(1, 65_535, 3000),
  HOST: z.string().default(LOOPBACK),
  APP_URL: webAddress,
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must begin with postgresql://")
    .refine((value) => URL.canParse(value), "must be a PostgreSQL address, postgresql://user:password@host:5432/name")
    .optional(),
  DATA_DIR: z.string().default(".data"),
  GATEWAY_MASTER_KEY: z
    .string()
    .min(
      MASTER_KEY_CHARACTERS_MIN,
      `must have ${MASTER_KEY_CHARACTERS_MIN} characters or more; make one with: openssl rand -base64 32`,
    )
    .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces, since it is sent in a header")
    .refine((key) => !key.startsWith("tp_"), "must not begin with tp_, as API keys do")
    .optional(),
  NEXTAUTH_SECRET: text,
  ENCRYPTION_KEY: list
    .transform((items) => items.map((item) => Buffer.from(item, "base64")))
    .refine(
      (keys) => keys.length > 0 && keys.every((key) => key.length === ENCRYPTION_KEY_BYTES),
      `must be ${ENCRYPTION_KEY_BYTES} bytes in base64, or several of them with commas between; make one with: openssl rand -base64 32`,
    )
    .default([]),
  WEB_CONCURRENCY: whole(1, 256, 1),
  TRUSTED_PROXIES: list
    .refine(
      (items) => items.every(isAddressOrRange),
      "must list addresses or ranges such as 10.0.0.0/8, with commas between",
    )
    .default([]),
  DISABLE_AUTH: flag(false),
  BRUTE_FORCE_ENABLED: flag(true),
  BRUTE_FORCE_MAX_FAILED_ATTEMPTS: whole(1, 1_000_000, 5),
  BRUTE_FORCE_TTL_SECONDS: whole(1, 31_536_000, 900),
  BRUTE_FORCE_INITIAL_BLOCK_SECONDS: whole(1, 31_536_000, 30),
  BRUTE_FORCE_MAX_BLOCK_SECONDS: whole(1, 31_536_000, 3600),
  STRIPE_SECRET_KEY: text,
  STRIPE_WEBHOOK_SECRET: text,
  STRIPE_API_BASE: webAddress,
  CREDIT_FEE_BPS: whole(0, 10_000, 500),
  BYOK_FEE_BPS: whole(0, 10_000, 0),
  GITHUB_ID: text,
  GITHUB_SECRET: text,
  GOOGLE_ID: text,
  GOOGLE_SECRET: text,
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: "must be an address that begins with smtp:// or smtps://" })
    .optional(),
  MAIL_FROM: text,
  LEAKED_KEY_PUBLIC_KEYS: z
    .string()
    .transform((value) => publicKeys(value))
    .refine(
      (keys) => keys !== null,
      "must be one or more public keys of ECDSA P-256 in PEM (-----BEGIN PUBLIC KEY-----), one after the other",
    )
    .default([]),
  LOG_LEVEL: z
    .enum(
      ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
      "must be one of trace, debug, info, warn, error, fatal, silent",
    )
    .default("info"),
  METRICS: z.enum(["public", "off"], "must be public or off").default("off"),
  METRICS_TOKEN: text,
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress,
  MAX_BODY_BYTES: whole(1024, 1_073_741_824, 25 * 1024 * 1024),
  UPSTREAM_TIMEOUT_MS: whole(1, 86_400_000, 600_000),
  ALLOW_PRIVATE_UPSTREAMS: flag(false),
  SHUTDOWN_TIMEOUT_MS: whole(0, 3_600_000, 30_000),
  CAPTURE_DAYS: whole(1, 365, 30),
  /** The settings file; what `--config` stands for. */
  TURNPIKE_CONFIG: text,
  /** Set by `server.ts` alone, beside `DATABASE_URL`, once the embedded database runs. */
  TURNPIKE_EMBEDDED_DATABASE: flag(false),
  /** Set by `server.ts` alone. */
  TURNPIKE_SERVER: flag(false),
  /** Set by `server.ts` alone, for its worker processes. */
  TURNPIKE_PAGES_SOCKET: text,
});

/** Which variables a settings file may set: all that are an operator's business. */
function isSetting(name: string): boolean {
  if (name === "NODE_ENV" || name.startsWith("TURNPIKE_")) return false;
  return Object.hasOwn(settings.shape, name) || PROVIDER_IDS.some((id) => poolVariables(id).includes(name));
}

const FLAGS = {
  config: { type: "string" },
  port: { type: "string" },
  host: { type: "string" },
  "disable-auth": { type: "boolean" },
  dev: { type: "boolean" },
} as const;

/**
 * Command-line flags as the variables that they stand for (`--port 4000` is `PORT=4000`), so that they can be laid over
 * the environment, also over that of a child process.
 * @throws ConfigError for an unknown flag or a missing value.
 */
export function variablesFromFlags(argv: readonly string[]): Record<string, string> {
  let values: { config?: string; port?: string; host?: string; "disable-auth"?: boolean };
  try {
    values = parseArgs({ args: [...argv], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "").split(". ")[0] : String(error);
    throw new ConfigError(`${reason}. Flags: --config FILE --port N --host H --disable-auth --dev`);
  }
  return {
    ...(values.config === undefined ? {} : { TURNPIKE_CONFIG: values.config }),
    ...(values.port === undefined ? {} : { PORT: values.port }),
    ...(values.host === undefined ? {} : { HOST: values.host }),
    ...(values["disable-auth"] ? { DISABLE_AUTH: "true" } : {}),
  };
}

/** Later layers win; an empty value is no value. */
function layered(...layers: Env[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer)) {
      if (value !== undefined && value.trim() !== "") merged[name] = value.trim();
    }
  }
  return merged;
}

function problem(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join(".")} ${issue.message}` : "the settings cannot be read";
}

/**
 * The settings of one process: flags over environment over defaults; what `settleEnvironment` found in a file is in the
 * environment by then.
 * @throws ConfigError, one line that names the variable and says what to do.
 */
export function loadConfig(env: Env, argv: readonly string[] = []): Config {
  const parsed = settings.safeParse(layered(env, variablesFromFlags(argv)));
  if (!parsed.success) throw new ConfigError(problem(parsed.error));
  const values = parsed.data;

  const production = values.NODE_ENV === "production";
  const embeddedDatabase = values.DATABASE_URL === undefined || values.TURNPIKE_EMBEDDED_DATABASE;
  if (production && !embeddedDatabase && !values.DISABLE_AUTH) {
    if (!values.NEXTAUTH_SECRET) {
      throw new ConfigError("NEXTAUTH_SECRET must be set when DATABASE_URL is; make one with: openssl rand -base64 32");
    }
    if (values.ENCRYPTION_KEY.length === 0) {
      throw new ConfigError("ENCRYPTION_KEY must be set when DATABASE_URL is; make one with: openssl rand -base64 32");
    }
  }
  for (const name of ["GITHUB", "GOOGLE"] as const) {
    if (Boolean(values[`${name}_ID`]) !== Boolean(values[`${name}_SECRET`])) {
      throw new ConfigError(`${name}_ID and ${name}_SECRET must be set together`);
    }
  }

  if (Boolean(values.STRIPE_SECRET_KEY) !== Boolean(values.STRIPE_WEBHOOK_SECRET)) {
    throw new ConfigError("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET must be set together");
  }

  // Read when a provider is first called; looked at here, so that a wrong one stops the start.
  for (const id of PROVIDER_IDS) loadProviderPool(env, id);

  // Whoever reaches a gateway that asks nobody for a key spends its money.
  const host = values.DISABLE_AUTH ? LOOPBACK : values.HOST;
  const everywhere = [LOOPBACK, "0.0.0.0", "::", "::1"].includes(host);
  const bracketed = isIP(host) === 6 ? `[${host}]` : host;
  const named = everywhere ? "localhost" : bracketed;

  return {
    production,
    port: values.PORT,
    host,
    disableAuth: values.DISABLE_AUTH,
    appUrl: values.APP_URL ?? `http://${named}:${values.PORT}`,
    ownUrl: `http://${host === "0.0.0.0" ? LOOPBACK : host === "::" ? "[::1]" : bracketed}:${values.PORT}`,
    get databaseUrl() {
      if (!values.DATABASE_URL)
        throw new ConfigError("DATABASE_URL is not set and the embedded database is not running");
      return values.DATABASE_URL;
    },
    embeddedDatabase,
    servedByServer: values.TURNPIKE_SERVER,
    pagesSocket: values.TURNPIKE_PAGES_SOCKET,
    dataDir: path.resolve(values.DATA_DIR),
    gatewayMasterKey: values.GATEWAY_MASTER_KEY,
    get nextauthSecret() {
      if (!values.NEXTAUTH_SECRET) throw new ConfigError("NEXTAUTH_SECRET is not set");
      return values.NEXTAUTH_SECRET;
    },
    encryptionKeys: values.ENCRYPTION_KEY,
    webConcurrency: values.WEB_CONCURRENCY,
    trustedProxies: values.TRUSTED_PROXIES,
    bruteForce: {
      enabled: values.BRUTE_FORCE_ENABLED,
      maxFailedAttempts: values.BRUTE_FORCE_MAX_FAILED_ATTEMPTS,
      ttlSeconds: values.BRUTE_FORCE_TTL_SECONDS,
      initialBlockSeconds: values.BRUTE_FORCE_INITIAL_BLOCK_SECONDS,
      maxBlockSeconds: values.BRUTE_FORCE_MAX_BLOCK_SECONDS,
    },
    stripeSecretKey: values.STRIPE_SECRET_KEY,
    stripeWebhookSecret: values.STRIPE_WEBHOOK_SECRET,
    stripeApiBase: values.STRIPE_API_BASE,
    stripeSimulated: values.STRIPE_SECRET_KEY === undefined && (embeddedDatabase || !production),
    creditFeeBps: values.CREDIT_FEE_BPS,
    byokFeeBps: values.BYOK_FEE_BPS,
    githubId: values.GITHUB_ID,
    githubSecret: values.GITHUB_SECRET,
    googleId: values.GOOGLE_ID,
    googleSecret: values.GOOGLE_SECRET,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM,
    leakedKeyPublicKeys: values.LEAKED_KEY_PUBLIC_KEYS ?? [],
    logLevel: values.LOG_LEVEL,
    metricsToken: values.METRICS_TOKEN,
    metricsPublic: values.METRICS === "public",
    otelExporterOtlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    maxBodyBytes: values.MAX_BODY_BYTES,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
    allowPrivateUpstreams: values.ALLOW_PRIVATE_UPSTREAMS,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
    captureDays: values.CAPTURE_DAYS,
  };
}

/** `<PROVIDER>_API_KEY` and `<PROVIDER>_BASE_URL`; the id's dashes are underscores in the names. */
function poolVariables(id: string): [keys: string, baseUrl: string] {
  const prefix = id.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
  return [`${prefix}_API_KEY`, `${prefix}_BASE_URL`];
}

const providerSettings = z.object({ keys: list.default([]), baseUrl: webAddress });

/**
 * What `<PROVIDER>_API_KEY` (several with commas between) and `<PROVIDER>_BASE_URL` say for one provider id.
 * @throws ConfigError for a base URL that is none.
 */
export function loadProviderPool(env: Env, id: string): ProviderPool {
  const [keysVariable, baseUrlVariable] = poolVariables(id);
  const { keys, baseUrl } = layered({ keys: env[keysVariable], baseUrl: env[baseUrlVariable] });
  const parsed = providerSettings.safeParse({ keys, baseUrl });
  if (!parsed.success) throw new ConfigError(`${baseUrlVariable} ${parsed.error.issues[0]?.message}`);
  return { keys: parsed.data.keys, ...(parsed.data.baseUrl ? { baseUrl: parsed.data.baseUrl } : {}) };
}

let memoised: Config | undefined;
const pools = new Map<string, ProviderPool>();

/**
 * The settings of this process, read once from the environment. `server.ts` puts flags, the embedded database and the
 * installation's own secrets there before anything asks, so the copy of this module inside Next reads the same.
 */
export function config(): Config {
  memoised ??= loadConfig(process.env);
  return memoised;
}

/** Whether the environment of this process has a value for the variable. */
export function isSet(name: string): boolean {
  return (process.env[name] ?? "").trim() !== "";
}

/** What `turnpike.yml`, or the file that `TURNPIKE_CONFIG` names, sets and `env` does not. @throws ConfigError */
function settingsBeneath(env: Env): Readonly<Record<string, string>> {
  const file = path.resolve(env.TURNPIKE_CONFIG ?? SETTINGS_FILE);
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    const isThere = !(error instanceof Error && "code" in error && error.code === "ENOENT");
    if (!isThere && env.TURNPIKE_CONFIG === undefined) return {};
    throw new ConfigError(`The settings file ${file} ${isThere ? "cannot be read" : "is not there"}`);
  }
  try {
    const found = Object.entries(readSettingsFile(content, env, isSetting));
    return Object.fromEntries(found.filter(([name]) => env[name] === undefined));
  } catch (error) {
    if (error instanceof SettingsFileError) throw new ConfigError(`${file} ${error.message}`);
    throw error;
  }
}

/**
 * Makes the environment of this process what its flags, its environment and its settings file say together, in this order;
 * to be called once, before anything asks for a setting. Processes that it starts inherit the whole. Below `server.ts`,
 * which has done it, it does nothing.
 * @throws ConfigError, one line that names the flag, the file or the variable, and never holds a value.
 */
export function settleEnvironment(argv: readonly string[] = []): void {
  const flags = variablesFromFlags(argv);
  const env = layered(process.env, flags);
  if (env.TURNPIKE_SERVER !== undefined) return;
  setEnvironment({ ...settingsBeneath(env), ...flags });
}

/** Of the environment only what any program needs to run, for programs that have no business with our settings. */
export function plainEnvironment(): Record<string, string> {
  const needed = ["PATH", "HOME", "TMPDIR", "TEMP", "SystemRoot", "LANG"];
  return Object.fromEntries(needed.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** The shared pool of this process for one provider id, read once. */
export function providerPool(id: string): ProviderPool {
  const known = pools.get(id);
  if (known) return known;
  const pool = loadProviderPool(process.env, id);
  pools.set(id, pool);
  return pool;
}

/**
 * Lays variables over the environment of this process and forgets what was read before: for `server.ts`, which learns
 * some settings while it starts, and for tests. `undefined` unsets.
 */
export function setEnvironment(variables: Env): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  memoised = undefined;
  pools.clear();
}
