import pino from "pino";
import { config } from "@/lib/infra/config";
import { redact } from "@/lib/infra/redact";

/** Fields that hold a credential whatever it looks like; left out of every line, at the top and up to three levels down. */
const SECRET_FIELDS = [
  "authorization",
  "Authorization",
  '["x-api-key"]',
  '["api-key"]',
  '["X-API-Key"]',
  '["x-anyllm-key"]',
  '["X-AnyLLM-Key"]',
  '["proxy-authorization"]',
  "cookie",
  '["set-cookie"]',
  "password",
  "passwordHash",
  "secret",
  "clientSecret",
  "apiKey",
  "api_key",
  "key",
  "token",
  "access_token",
  "refresh_token",
  "id_token",
  "sealed",
  "connectionString",
  "databaseUrl",
];

const under = (parents: string) =>
  SECRET_FIELDS.map((field) =>
    parents === "" || field.startsWith("[") ? `${parents}${field}` : `${parents}.${field}`,
  );

/** Where the lines go: standard output, or a test's own. */
export interface LogDestination {
  write(line: string): void;
}

/**
 * A logger of JSON lines that can hold no credential: secret fields are dropped by name, and every finished line is
 * masked by pattern, messages, stacks, addresses and bodies included.
 */
export function createLog(level: string, destination?: LogDestination): pino.Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: ["", "*", "*.*", "*.*.*"].flatMap(under), censor: "…" },
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: redact },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}

let memoised: pino.Logger | undefined;

/** The logger of this process. */
export function log(): pino.Logger {
  memoised ??= createLog(config().logLevel);
  return memoised;
}
