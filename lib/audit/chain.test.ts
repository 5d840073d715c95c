import { expect, test } from "vitest";
import { canonicalJson } from "@/lib/audit/canonical-json";
import { auditHash, CHAIN_START } from "@/lib/audit/chain";
import { withoutSecrets } from "@/lib/audit/without-secrets";

const content = {
  organizationId: "org_1",
  actor: "user:usr_1",
  action: "key.create",
  target: "key:key_1",
  before: null,
  after: { b: 1, a: ["x", null] },
  address: null,
  at: new Date("2026-11-21T12:00:00.123Z"),
};

test("one value has one form, whatever the order of its fields", () => {
  expect(canonicalJson({ b: 1, a: { d: [true, null], c: "é\u2028" } })).toBe(
    '{"a":{"c":"é\u2028","d":[true,null]},"b":1}',
  );
  expect(auditHash(CHAIN_START, { ...content, after: { a: ["x", null], b: 1 } })).toBe(auditHash(CHAIN_START, content));
});

test("the hash moves with every field and with the row before", () => {
  const changed = [
    { ...content, organizationId: "org_2" },
    { ...content, actor: "master" },
    { ...content, action: "key.delete" },
    { ...content, target: "key:key_2" },
    { ...content, before: {} },
    { ...content, after: null },
    { ...content, address: "203.0.113.7" },
    { ...content, at: new Date("2026-11-21T12:00:00.124Z") },
  ].map((row) => auditHash(CHAIN_START, row));
  const all = [auditHash(CHAIN_START, content), auditHash("x", content), ...changed];
  expect(new Set(all).size).toBe(all.length);
});

test("secrets never enter: neither by the field's name nor inside other text", () => {
  const clean = withoutSecrets({
    name: "mine: tp_live_abcdefghijklmnopqrstuvwxyz0123456789AB, nul \u0000",
    nested: [{ secret: "s", key: "k", password_hash: "p", sealed: "v1.x", last_four: "9AB" }],
    note: "Authorization: Bearer abc.def.ghi",
  });
  expect(clean).toEqual({
    name: "mine: tp_live_…89AB, nul \uFFFD",
    nested: [{ last_four: "9AB" }],
    note: "Authorization: Bearer …",
  });
});
