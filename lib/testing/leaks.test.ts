import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findLeaks, findLeaksIn, registerSecret, TRACES_VARIABLE, trace } from "@/lib/testing/leaks";

const SECRET = "tp_live_0123456789abcdefghijABCDEFGHIJ01234567";
const before = process.env[TRACES_VARIABLE];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "turnpike-traces-"));
  process.env[TRACES_VARIABLE] = folder;
});
afterEach(() => {
  if (before === undefined) delete process.env[TRACES_VARIABLE];
  else process.env[TRACES_VARIABLE] = before;
  rmSync(folder, { recursive: true });
});

test("a secret that was printed, answered or stored is found, and the finding does not repeat it", () => {
  registerSecret(SECRET);
  trace("server", '{"level":"info","msg":"fine"}\n');
  expect(findLeaksIn(folder)).toEqual([]);
  trace("server", `{"level":"trace","msg":"calling with ${SECRET}"}\n`);
  const leaks = findLeaksIn(folder);
  expect(leaks).toEqual([expect.stringContaining("server.trace")]);
  expect(leaks.join()).not.toContain(SECRET);
});

test.each(["", "B", "Be", "Bearer "])("a secret in base64, after %j, is found", (prefix) => {
  const text = Buffer.from(`${prefix}${SECRET} and more`).toString("base64");
  expect(findLeaks(new Map([["a log", `{"body":"${text}"}`]]), [SECRET])).toHaveLength(1);
});

test("of many secrets each is found at any place of a text, also in the middle of what looks like one", () => {
  const secrets = Array.from(
    { length: 2_000 },
    (_, index) => `tp_live_0123456789abcdefghij${String(index).padStart(6, "0")}`,
  );
  const planted = [secrets[0], secrets[777], secrets[1_999]];
  const text = `${planted[0]} … tp_live_0123456789abcdefghij${planted[1]}, ${planted[1]}\u4e2d${planted[2]}`;
  expect(findLeaks(new Map([["a log", text]]), secrets)).toHaveLength(3);
  expect(findLeaks(new Map(secrets.map((secret, index) => [`log ${index}`, secret])), secrets)).toHaveLength(2_000);
});

test("a run that left nothing to search is a failure and no success", () => {
  expect(() => findLeaksIn(folder)).toThrow("nothing was traced");
  registerSecret(SECRET);
  expect(() => findLeaksIn(folder)).toThrow("nothing was traced");
});

test("a mask that keeps the beginning and the last four characters is no leak", () => {
  expect(findLeaks(new Map([["a log", "tp_live_…4567 Bearer …"]]), [SECRET])).toEqual([]);
});
