import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ENDPOINTS } from "@/lib/gateway/endpoints";
import { projectRoot } from "@/lib/infra/project-root";
import { type Able, CLIENTS, type Client, type Skill } from "@/lib/testing/clients";

/** Endpoints outside the matrix: the contract test that calls them, by HTTP or with a client's other API. */
const WITHOUT_CLIENT: Readonly<Record<string, string>> = {
  responses: "lib/edge/responses.contract.test.ts",
  generation: "lib/edge/reads.contract.test.ts",
  "generation/{id}": "lib/edge/reads.contract.test.ts",
  credits: "lib/edge/reads.contract.test.ts",
  key: "lib/edge/reads.contract.test.ts",
  "iam/explain": "lib/edge/iam.contract.test.ts",
};

function endpointsOf(clients: readonly Client[]): Set<string> {
  const able = clients.flatMap(({ can }): Able<Skill>[] => Object.values(can));
  return new Set(able.flatMap((one) => ("impossible" in one ? [] : one.endpoints)));
}

/** Endpoints that have neither a client in the matrix nor a test of their own. */
function forgotten(endpoints: readonly string[], clients: readonly Client[]): string[] {
  const called = endpointsOf(clients);
  return endpoints.filter((endpoint) => !called.has(endpoint) && !Object.hasOwn(WITHOUT_CLIENT, endpoint));
}

test("every endpoint is called by a client of the matrix, or by a test that is named here", () => {
  expect(forgotten(Object.keys(ENDPOINTS), Object.values(CLIENTS))).toEqual([]);
});

test("an endpoint that nobody calls is noticed", () => {
  expect(forgotten([...Object.keys(ENDPOINTS), "rerank"], Object.values(CLIENTS))).toEqual(["rerank"]);
  expect(forgotten(["embeddings"], [CLIENTS["@anthropic-ai/sdk"]])).toEqual(["embeddings"]);
});

test("what is named here is an endpoint, which no client calls and the named test does", () => {
  const called = endpointsOf(Object.values(CLIENTS));
  for (const [endpoint, file] of Object.entries(WITHOUT_CLIENT)) {
    expect(Object.keys(ENDPOINTS)).toContain(endpoint);
    expect(called).not.toContain(endpoint);
    const found = path.join(projectRoot(), file);
    expect(existsSync(found) && readFileSync(found, "utf8")).toContain(endpoint.replace("{id}", ""));
  }
});
