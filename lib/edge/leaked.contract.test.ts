import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { listAlerts } from "@/lib/alerts/list-alerts";
import { prisma } from "@/lib/infra/db";
import { generateSecret, hashSecret } from "@/lib/keys/secret";
import { makeTenant } from "@/lib/testing/builders";
import { ask, chatBody, DOORS } from "@/lib/testing/gateway";
import { registerSecret } from "@/lib/testing/leaks";
import { openDoors } from "@/lib/testing/open-doors";

const pair = () =>
  generateKeyPairSync("ec", {
    namedCurve: "prime256v1",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
const old = pair();
const current = pair();
const stranger = pair();

const { doors } = openDoors({
  // As an environment file writes line breaks.
  LEAKED_KEY_PUBLIC_KEYS: `${old.publicKey}${current.publicKey}`.trim().replaceAll("\n", "\\n"),
});

describe.each(DOORS)("reports of leaked keys, at the %s door", (door) => {
  /** As GitHub sends them. */
  async function report(
    body: string,
    {
      key = current.privateKey,
      signature = sign("sha256", Buffer.from(body), createPrivateKey(key)).toString("base64"),
    } = {},
    path = "/api/v1/keys/leaked",
  ) {
    const response = await fetch(`${doors[door].url}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "github-public-key-identifier": "bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c",
        "github-public-key-signature": signature,
      },
      body,
    });
    const json: unknown = await response.json();
    return { status: response.status, json };
  }
  const match = (token: string) => ({
    source: "commit",
    token,
    type: "turnpike_api_key",
    url: "https://github.com/octocat/hello/blob/1234/config.ts",
  });
  const works = async (secret: string) => {
    const answer = await ask(doors[door], { secret, path: "/v1/models" });
    return answer.status;
  };

  test("a signed report disables the keys that are ours, and says which were", async () => {
    const tenant = await makeTenant();
    const neighbour = await makeTenant();
    const unknown = generateSecret("live").secret;
    registerSecret(unknown);
    expect(await works(tenant.secret)).toBe(200);
    // Spaces as no program would write them: the signature is over the bytes.
    const { status, json } = await report(
      `[ ${JSON.stringify(match(tenant.secret))} ,\n ${JSON.stringify(match(unknown))} ]`,
    );
    expect(status).toBe(200);
    expect(json).toEqual([
      { token_hash: hashSecret(tenant.secret), token_type: "turnpike_api_key", label: "true_positive" },
      { token_hash: hashSecret(unknown), token_type: "turnpike_api_key", label: "false_positive" },
    ]);
    const refused = await ask(doors[door], { secret: tenant.secret, body: chatBody({}) });
    expect(refused.status).toBe(401);
    expect(refused.json).toMatchObject({ error: { code: "key_inactive" } });
    expect(await works(neighbour.secret)).toBe(200);
    expect((await listAlerts(tenant)).alerts).toMatchObject([{ kind: "key_leaked" }]);
    expect(
      await prisma().auditEvent.findFirst({ where: { organizationId: tenant.organizationId, actor: "github" } }),
    ).toMatchObject({ action: "key.disable", target: `key:${tenant.keyId}` });
  });

  test("any of the configured keys may have signed, below either prefix", async () => {
    const tenant = await makeTenant();
    const body = JSON.stringify([match(tenant.secret)]);
    expect((await report(body, { key: old.privateKey }, "/v1/keys/leaked")).status).toBe(200);
    expect(await works(tenant.secret)).toBe(401);
  });

  test("a report that is not signed, signed by another key, or changed on its way changes nothing", async () => {
    const tenant = await makeTenant();
    const body = JSON.stringify([match(tenant.secret)]);
    const ofAnother = sign("sha256", Buffer.from("[]"), createPrivateKey(current.privateKey)).toString("base64");
    for (const wrong of [
      { key: stranger.privateKey },
      { signature: ofAnother },
      { signature: "" },
      { signature: "x".repeat(80) },
    ]) {
      const { status, json } = await report(body, wrong);
      expect(status).toBe(401);
      expect(json).toMatchObject({ error: { type: "authentication_error" } });
    }
    expect(await works(tenant.secret)).toBe(200);
  });

  test("what is damaged among the matches is passed over; a body that is no list is refused", async () => {
    const tenant = await makeTenant();
    const { status, json } = await report(
      JSON.stringify([null, 1, {}, { token: 5, type: "x" }, match(tenant.secret), match("")]),
    );
    expect(status).toBe(200);
    expect(json).toMatchObject([{ label: "true_positive" }, { label: "false_positive" }]);
    expect((await report("[]")).json).toEqual([]);
    for (const body of ["{}", "null", '"x"']) {
      expect(await report(body)).toMatchObject({ status: 400, json: { error: { code: "invalid_body" } } });
    }
    for (const body of ["", "[", "\u0000"]) {
      expect(await report(body)).toMatchObject({ status: 400, json: { error: { code: "invalid_json" } } });
    }
    expect((await report(`[${" ".repeat(1_100_000)}]`)).status).toBe(413);
  });

  test("is a POST", async () => {
    const answer = await ask(doors[door], { method: "GET", path: "/v1/keys/leaked" });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("POST");
  });
});
