import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "@/lib/infra/project-root";
import { missingOptionalPackages } from "@/scripts/lib/lockfile.mjs";

test("npm ci works on every platform: the lockfile names the optional packages of all (else: node scripts/complete-lockfile.mjs)", async () => {
  const lockfile = JSON.parse(await readFile(path.join(projectRoot(), "package-lock.json"), "utf8"));
  expect([...missingOptionalPackages(lockfile).keys()]).toEqual([]);
});

test("no address of a registry is in the lockfile: packages come from the one that npm is set to", async () => {
  const lockfile = await readFile(path.join(projectRoot(), "package-lock.json"), "utf8");
  expect(lockfile).not.toContain('"resolved"');
});

test("a missing package of another platform is described by its name", () => {
  const lockfile = {
    packages: {
      "node_modules/tool": {
        dev: true,
        optionalDependencies: { "@tool/cli-linux-x64-musl": "1.2.3", "@tool/here": "1.0.0" },
      },
      "node_modules/@tool/here": { version: "1.0.0" },
    },
  };
  expect([...missingOptionalPackages(lockfile)]).toEqual([
    [
      "@tool/cli-linux-x64-musl",
      { version: "1.2.3", dev: true, optional: true, os: ["linux"], cpu: ["x64"], libc: ["musl"] },
    ],
  ]);
});
