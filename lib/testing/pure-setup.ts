import { afterAll } from "vitest";
import { setEnvironment } from "@/lib/infra/config";

/** Pure test files share a worker's modules and environment: each one leaves the environment as it found it. */
const before = { ...process.env };

afterAll(() => {
  const added = Object.keys(process.env).filter((name) => !Object.hasOwn(before, name));
  setEnvironment({ ...Object.fromEntries(added.map((name) => [name, undefined])), ...before });
});
