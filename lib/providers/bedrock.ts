import { AwsV4Signer } from "aws4fetch";
import { httpProvider } from "@/lib/providers/http-provider";

/** `ACCESS_KEY_ID:SECRET_ACCESS_KEY` or `ACCESS_KEY_ID:SECRET_ACCESS_KEY:SESSION_TOKEN`; an API key has no colon. */
const ACCESS_KEY = /^([A-Z0-9]{16,128}):([^:]+)(?::([^:]+))?$/;

/** The region is part of what is signed; hosts tell it: `bedrock-runtime.eu-west-1.amazonaws.com`, VPC endpoints too. */
const REGION = /\bbedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./;
const REGION_DEFAULT = "us-east-1";

/** The region that calls to a base URL are signed for. */
export function regionOf(baseUrl: string): string {
  return REGION.exec(new URL(baseUrl).hostname)?.[1] ?? REGION_DEFAULT;
}

async function signature(
  url: string,
  body: string,
  [, accessKeyId = "", secretAccessKey = "", sessionToken]: RegExpExecArray,
): Promise<Record<string, string>> {
  const signer = new AwsV4Signer({
    method: "POST",
    url,
    body,
    service: "bedrock",
    region: regionOf(url),
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  });
  const { headers } = await signer.sign();
  // The connection says its host itself.
  headers.delete("host");
  return Object.fromEntries(headers);
}

/**
 * Amazon Bedrock through its Converse API (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html). Its
 * base URL names the region. A key is one of Bedrock's API keys, or an AWS access key, which signs each call (Signature
 * Version 4).
 */
export const bedrock = httpProvider({
  id: "bedrock",
  name: "Amazon Bedrock",
  dialect: "bedrock",
  baseUrl: "https://bedrock-runtime.us-east-1.amazonaws.com",
  baseUrlExample: null,
  keyHeader: "authorization",
  sign: ({ url, body, key }) => {
    const accessKey = ACCESS_KEY.exec(key);
    return accessKey ? signature(url, body, accessKey) : null;
  },
  secretsIn: (key) => [key, ...(ACCESS_KEY.test(key) ? key.split(":") : [])],
  needsKey: true,
  keyPrefix: null,
  maxTokensField: "max_tokens",
  hasResponses: false,
  takesStreamOptions: false,
  wantsReasoningBack: true,
});
