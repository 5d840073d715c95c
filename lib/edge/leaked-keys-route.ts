import { type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { commonHeaders, type GatewayAnswer } from "@/lib/gateway/answer";
import type { Incoming } from "@/lib/gateway/incoming";
import { asGatewayError, refuse } from "@/lib/gateway/pipeline";
import { config } from "@/lib/infra/config";
import { disableLeakedKeys } from "@/lib/keys/disable-leaked-keys";
import { hashSecret } from "@/lib/keys/secret";

/** Below `/v1/`; no key's id looks like it. */
export const LEAKED_KEYS_PATH = "keys/leaked";

const BODY_BYTES_MAX = 1_048_576;
const REPORTS_MAX = 5_000;

/** What GitHub sends of one match; the rest of the members is for people. */
const reportSchema = z.object({
  token: z.string(),
  type: z.string(),
  url: z.string().nullish(),
  source: z.string().nullish(),
});

/**
 * Takes the reports of GitHub's secret scanning partner program (docs/secret-scanning.md), disables the keys that are
 * ours, and says of each whether it was one. A report has no key of ours for a credential: its signature is checked
 * against `LEAKED_KEY_PUBLIC_KEYS`, over the bytes as they came. Without such keys there is nothing at this address.
 * What is damaged among the matches is passed over. Never throws.
 */
export async function serveLeakedKeys(incoming: Incoming): Promise<GatewayAnswer> {
  const requestId = newId("gen");
  try {
    const { leakedKeyPublicKeys } = config();
    if (leakedKeyPublicKeys.length === 0) {
      throw new GatewayError("not_found", "This installation takes no reports of leaked keys.");
    }
    if (incoming.method !== "POST") {
      throw new GatewayError("method_not_allowed", "keys/leaked takes POST only.", { headers: { allow: "POST" } });
    }
    const signature = signatureOf(incoming);
    const body = await incoming.readBody(Math.min(BODY_BYTES_MAX, config().maxBodyBytes));
    if (!isSigned(body, signature, leakedKeyPublicKeys)) {
      throw new GatewayError("invalid_key", "The signature does not fit this body and any of the configured keys.");
    }
    const reports = reportsOf(body);
    const address = incoming.remoteAddress === "" ? null : incoming.remoteAddress;
    const ours = await disableLeakedKeys(
      reports.map(({ token, url, source }) => ({ token, url: url ?? "", source: source ?? "" })),
      address,
    );
    const labels = reports.map(({ token, type }) => {
      const hash = hashSecret(token);
      return { token_hash: hash, token_type: type, label: ours.has(hash) ? "true_positive" : "false_positive" };
    });
    return {
      status: 200,
      headers: { ...commonHeaders(requestId), "content-type": "application/json" },
      body: JSON.stringify(labels),
    };
  } catch (error) {
    return refuse(asGatewayError(error, requestId), requestId);
  }
}

/** The signature's bytes. @throws GatewayError malformed_header before anything of the body is read. */
function signatureOf({ header }: Incoming): Buffer {
  const identifier = header("github-public-key-identifier");
  const signature = header("github-public-key-signature");
  if (!identifier || !signature || !/^[A-Za-z0-9+/]{40,200}={0,2}$/.test(signature)) {
    throw new GatewayError(
      "malformed_header",
      "A report needs the headers Github-Public-Key-Identifier and Github-Public-Key-Signature.",
    );
  }
  return Buffer.from(signature, "base64");
}

/** ECDSA-NIST-P256V1-SHA256 over the raw body. Any configured key may have signed, so a new one can be added ahead. */
function isSigned(body: Buffer, signature: Buffer, keys: readonly KeyObject[]): boolean {
  return keys.some((key) => verify("sha256", body, key, signature));
}

/** @throws GatewayError invalid_json, invalid_body. */
function reportsOf(body: Buffer): z.output<typeof reportSchema>[] {
  let matches: unknown;
  try {
    matches = JSON.parse(body.toString("utf8"));
  } catch {
    throw new GatewayError("invalid_json", "The body is not JSON.");
  }
  if (!Array.isArray(matches) || matches.length > REPORTS_MAX) {
    throw new GatewayError("invalid_body", `The body has to be a list of at most ${REPORTS_MAX} matches.`);
  }
  return matches.flatMap((match) => {
    const report = reportSchema.safeParse(match);
    return report.success ? [report.data] : [];
  });
}
