import { describe, expect, test } from "vitest";
import { routeGateway } from "@/lib/edge/gateway-route";
import { incomingFromWeb } from "@/lib/gateway/incoming";

/** What a request without a key gets: who is asked for one has reached an endpoint. */
async function answerTo(method: string, path: string) {
  const request = new Request(`http://127.0.0.1:3000${path}`, { method });
  const { status, headers, body } = await routeGateway(incomingFromWeb(request, "127.0.0.1"));
  if (typeof body !== "string") throw new Error("it is a stream");
  return { status, allow: headers.allow, body: JSON.parse(body) };
}

const READS = [
  "models",
  "models/gpt-4o-mini",
  "models/openai/gpt-4o-mini",
  "models/openai%2Fgpt-4o-mini",
  "models/openai:gpt-4o-mini",
  "generation",
  "generation?id=gen_1",
  "generation/gen_1",
  "credits",
  "key",
  "key?verbose=1",
];

const POSTS = ["chat/completions", "completions", "embeddings"];

describe.each(["/v1/", "/api/v1/"])("below %s", (prefix) => {
  test.each(READS)("GET %s is served, and wants a key", async (path) => {
    expect(await answerTo("GET", prefix + path)).toMatchObject({
      status: 401,
      body: { error: { code: "missing_key", type: "authentication_error" } },
    });
  });

  test.each(POSTS)("POST %s is served, wants a key, and names POST to any other method", async (path) => {
    expect(await answerTo("POST", prefix + path)).toMatchObject({
      status: 401,
      body: { error: { code: "missing_key" } },
    });
    for (const method of ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
      expect(await answerTo(method, prefix + path)).toMatchObject({ status: 405, allow: "POST" });
  });

  test.each(READS)("any other method on %s is a 405 that names GET", async (path) => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]) {
      expect(await answerTo(method, prefix + path)).toMatchObject({
        status: 405,
        allow: "GET",
        body: { error: { code: "method_not_allowed" }, status: 405 },
      });
    }
  });

  test.each(["", "nope", "models/", "models/%zz", "generation/", "credits/now", "key/now"])(
    "%j is a 404 in the error shape",
    async (path) => {
      expect(await answerTo("GET", prefix + path)).toMatchObject({
        status: 404,
        body: { error: { code: "not_found", type: "not_found_error" }, status: 404 },
      });
    },
  );
});

test("an endpoint's name without the version before it is no address", async () => {
  for (const path of ["/models", "/credits", "/api/models/gpt-4o-mini", "/v2/key"])
    expect(await answerTo("GET", path)).toMatchObject({ status: 404 });
});

test("a key in the query of a read is refused", async () => {
  expect(await answerTo("GET", "/v1/generation?id=gen_1&api_key=tp_live_x")).toMatchObject({
    status: 400,
    body: { error: { code: "key_in_query" } },
  });
});
