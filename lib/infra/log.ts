import pino from "pino";
import { config } from "@/lib/infra/config";
import { redact } from "@/lib/infra/redact";

/** Fields that hold a credential whatever it looks like, in any case. */
const SECRET_FIELDS = [
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "api-key",
  "x-anyllm-key",
  "cookie",
  "set-cookie",
  "password",
  "passwordHash",
  "secret",
  "clientSecret",
  "client_secret",
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

const NAMES = SECRET_FIELDS.join("|");
/** A secret field of a finished line with its text or its list, however deep it lies. */
const FIELD = new RegExp(String.raw`("(?:${NAMES})":)(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\])`, "gi");
/** The same inside a text that is JSON itself, so that its quotes are escaped; its value ends at the first escape. */
const FIELD_IN_TEXT = new RegExp(String.raw`(\\+"(?:${NAMES})\\+"\s{0,8}:\s{0,8}\\+")[^"\\]+`, "gi");
/** Bytes as JSON says them: no pattern would find the secret in these. */
const BYTES = /\{"type":"Buffer","data":\[[\d,]*\]\}|\{"0":\d{1,3}(?:,"\d+":\d{1,3})*\}/g;

/**
 * A finished line of JSON without credentials, by field name and by pattern; JSON still. Done to the line and not to what
 * is logged: pino's own redaction copies objects, and throws on those that cannot be copied so, bytes and addresses.
 */
function scrub(line: string): string {
  return redact(line.replace(BYTES, '"…"').replace(FIELD, '$1"…"').replace(FIELD_IN_TEXT, "$1…"));
}

/** Where the lines go: standard output, or a test's own. */
export interface LogDestination {
  write(line: string): void;
}

/**
 * A logger of JSON lines that can hold no credential: secret fields are masked by name, however deep, and every finished
 * line by pattern, messages, stacks, causes, addresses and bodies included. Bytes are left out.
 */
export function createLog(level: string, destination?: LogDestination): pino.Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: scrub },
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
