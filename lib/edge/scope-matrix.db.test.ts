import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isRecord } from "@/lib/core/is-record";
import { routeGateway } from "@/lib/edge/gateway-route";
import { openApiDocument } from "@/lib/edge/openapi";
import { ensureDefaultProject } from "@/lib/identity/ensure-default-project";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { SCOPES, type Scope } from "@/lib/keys/scopes";
import { addKey, makeTenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

const MASTER = "master-key-for-scopes-0123456789abcdef";

/** What a call needs, as CONTRACT section 3 says it and not as the code does. `master`: no API key will do. */
type Needed = Scope | "master";

/** Every call there is: one that is not here, or not there any more, fails. */
const NEEDED: Readonly<Record<string, Needed>> = {
  "POST chat/completions": "completions:write",
  "POST completions": "completions:write",
  "POST messages": "completions:write",
  "POST messages/count_tokens": "completions:write",
  "POST responses": "completions:write",
  "POST embeddings": "embeddings:write",
  "GET models": "models:read",
  "GET models/{id}": "models:read",
  "POST iam/explain": "models:read",
  "GET generation": "usage:read",
  "GET generation/{id}": "usage:read",
  "GET credits": "usage:read",
  "GET key": "usage:read",
  "GET usage": "usage:read",
  "POST keys": "admin:*",
  "GET keys": "admin:*",
  "GET keys/{id}": "admin:*",
  "PATCH keys/{id}": "admin:*",
  "DELETE keys/{id}": "admin:*",
  "POST keys/{id}/rotate": "admin:*",
  "POST projects": "admin:*",
  "GET projects": "admin:*",
  "GET projects/{id}": "admin:*",
  "PATCH projects/{id}": "admin:*",
  "DELETE projects/{id}": "admin:*",
  "POST provider-keys": "admin:*",
  "GET provider-keys": "admin:*",
  "GET provider-keys/{id}": "admin:*",
  "PATCH provider-keys/{id}": "admin:*",
  "DELETE provider-keys/{id}": "admin:*",
  "POST users": "admin:*",
  "GET users": "admin:*",
  "GET users/{id}": "admin:*",
  "PATCH users/{id}": "admin:*",
  "DELETE users/{id}": "admin:*",
  "GET users/{id}/usage": "admin:*",
  "GET members": "admin:*",
  "GET members/{id}": "admin:*",
  "PATCH members/{id}": "admin:*",
  "POST budgets": "admin:*",
  "GET budgets": "admin:*",
  "GET budgets/{id}": "admin:*",
  "PATCH budgets/{id}": "admin:*",
  "DELETE budgets/{id}": "admin:*",
  "GET pricing": "admin:*",
  "GET pricing/{id}": "admin:*",
  "POST pricing": "master",
  "DELETE pricing/{id}": "master",
  "POST credits/grants": "master",
  "POST credits/adjustments": "master",
  "GET audit": "admin:*",
};

/** Whether a key with these scopes may call it. An admin of the organisation also reads its usage. */
function mayCall(name: string, scopes: readonly Scope[]): boolean {
  const needed = NEEDED[name];
  if (needed === undefined || needed === "master") return false;
  return scopes.includes(needed) || (name === "GET usage" && scopes.includes("admin:*"));
}

function described(): string[] {
  const { paths } = openApiDocument();
  if (!isRecord(paths)) throw new Error("the document describes no paths");
  return Object.entries(paths).flatMap(([where, methods]) =>
    isRecord(methods) ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${where.slice(1)}`) : [],
  );
}

const CALLS = described();

let database: ScratchDatabase;
beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ GATEWAY_MASTER_KEY: MASTER });
  await ensureDefaultProject();
});
afterAll(async () => {
  await closeDatabase();
  await database?.drop();
});

interface Refusal {
  status: number;
  code: unknown;
  scope: unknown;
}

/** Calls it with a body that nothing accepts, so that whatever says more than who may has passed who may. */
async function call(name: string, secret: string | null): Promise<Refusal> {
  const [method = "", template = ""] = name.split(" ");
  const sent: Record<string, string> = {
    "content-type": "application/json",
    "content-length": "2",
    ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
  };
  const answer = await routeGateway({
    method,
    url: `/v1/${template.replace("{id}", "nothing-has-this-id")}`,
    header: (header) => sent[header] ?? null,
    readBody: async () => Buffer.from("[]"),
    remoteAddress: "203.0.113.9",
    isGone: () => false,
    onGone: () => undefined,
  });
  const json: unknown = typeof answer.body === "string" && answer.body !== "" ? JSON.parse(answer.body) : null;
  const error = isRecord(json) && isRecord(json.error) ? json.error : {};
  const metadata = isRecord(error.metadata) ? error.metadata : {};
  // Anthropic's errors have a type, and name the scope in their words.
  const named = SCOPES.find((scope) => typeof error.message === "string" && error.message.includes(`'${scope}'`));
  return {
    status: answer.status,
    code: error.code ?? (error.type === "permission_error" && named ? "insufficient_scope" : error.type),
    scope: metadata.scope ?? named,
  };
}

test("every call of the OpenAPI document has a row here, and every row a call", () => {
  expect([...CALLS].sort()).toEqual(Object.keys(NEEDED).sort());
});

test("the document says of each call what it needs", () => {
  const { paths } = openApiDocument();
  for (const name of CALLS) {
    const [method = "", template = ""] = name.split(" ");
    const methods = isRecord(paths) ? paths[`/${template}`] : null;
    const operation = isRecord(methods) ? methods[method.toLowerCase()] : null;
    const needed = NEEDED[name];
    const words = needed === "master" ? "Needs the master key." : `Needs the scope \`${needed}\`.`;
    expect([name, isRecord(operation) && operation.description]).toEqual([name, words]);
  }
});

const HOLDINGS: readonly { words: string; scopes: Scope[] }[] = [
  ...SCOPES.map((scope) => ({ words: `${scope} alone`, scopes: [scope] })),
  ...SCOPES.map((scope) => ({ words: `all but ${scope}`, scopes: SCOPES.filter((one) => one !== scope) })),
  { words: "every scope", scopes: [...SCOPES] },
];

describe.each(HOLDINGS)("a key with $words", ({ scopes }) => {
  test("may call what they name, and is told which one is missing everywhere else", async () => {
    const { secret } = await addKey(await makeTenant(), { scopes });
    for (const name of CALLS) {
      const { status, code, scope } = await call(name, secret);
      const refused = status === 401 || status === 403;
      expect([name, !refused], `${status} ${code}`).toEqual([name, mayCall(name, scopes)]);
      expect([name, status < 500]).toEqual([name, true]);
      if (!refused) continue;
      const needed = NEEDED[name];
      // Without admin:* the master key's calls are as any other of the management API.
      if (needed === "master" && scopes.includes("admin:*"))
        expect([name, status, code]).toEqual([name, 403, "forbidden"]);
      else
        expect([name, status, code, scope]).toEqual([
          name,
          403,
          "insufficient_scope",
          needed === "master" ? "admin:*" : needed,
        ]);
    }
  });
});

test("nobody may call anything without a credential, and the master key everything", async () => {
  for (const name of CALLS) {
    const without = (await call(name, null)).status;
    const isRefused = [401, 403].includes((await call(name, MASTER)).status);
    expect({ name, without, isRefused }).toEqual({ name, without: 401, isRefused: false });
  }
});
