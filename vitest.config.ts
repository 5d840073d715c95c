import { availableParallelism } from "node:os";
import path from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

const sources = ["lib", "app", "components", "scripts", "bench", "docs", "prisma"];
const exclude = [...configDefaults.exclude, "**/.next/**", "**/dist/**", "**/.data/**", "lib/infra/prisma-client/**"];

/** The files of one kind of test: the kind is in the name, and no kind at all means pure. */
const filesNamed = (ending: string) => [`{${sources.join(",")}}/**/*${ending}`, `*${ending}`];

export default defineConfig({
  resolve: { alias: { "@": path.resolve(import.meta.dirname) } },
  test: {
    environment: "node",
    restoreMocks: true,
    // Vitest would leave a small machine's second core idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: "pure",
          include: filesNamed(".test.{ts,tsx}"),
          exclude: [...exclude, "**/*.db.test.ts", "**/*.contract.test.ts"],
          // Loading the same modules anew for each file would be more work than the tests themselves.
          isolate: false,
          setupFiles: ["lib/testing/fresh-environment.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: "db",
          include: filesNamed(".db.test.ts"),
          exclude,
          globalSetup: ["lib/testing/global-setup.ts"],
          isolate: false,
          setupFiles: ["lib/testing/fresh-environment.ts", "lib/testing/fresh-modules.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: "contract",
          include: filesNamed(".contract.test.ts"),
          exclude,
          globalSetup: ["lib/testing/trace-setup.ts", "lib/testing/global-setup.ts"],
          // Each file starts servers of its own and waits much of its time; three at once keep a small machine busy.
          maxWorkers: 3,
          // To load the modules anew for each file took a tenth of the time of all.
          isolate: false,
          setupFiles: ["lib/testing/fresh-environment.ts"],
          // A test that hangs fails all the same; one on a slow machine must not.
          testTimeout: 180_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
