import { spawn } from "node:child_process";
import { once } from "node:events";
import { plainEnvironment } from "@/lib/infra/config";
import { projectRoot } from "@/lib/infra/project-root";
import { TEST_SECRETS } from "@/lib/testing/test-database";
import { bundle } from "@/scripts/lib/prepare.mjs";

const BUNDLED = "dist/scripts/top-up-worker.mjs";
/** Once for all processes that are started. */
let bundled: Promise<void> | undefined;

/**
 * Starts a process that tops credits up and takes Stripe's webhooks in at `port`, with the product's own code and nothing
 * else of a server, so that it can be killed without a build and in a moment.
 * @throws Error with what it printed when it does not come up.
 */
export async function startTopUpProcess(
  port: number,
  env: Readonly<Record<string, string>>,
): Promise<{ kill(): Promise<void> }> {
  bundled ??= bundle("lib/testing/top-up-worker.ts", BUNDLED);
  await bundled;
  const child = spawn(process.execPath, ["--no-deprecation", "--enable-source-maps", BUNDLED], {
    cwd: projectRoot(),
    env: {
      ...plainEnvironment(),
      ...TEST_SECRETS,
      NODE_ENV: "production",
      TURNPIKE_EMBEDDED_DATABASE: "true",
      LOG_LEVEL: "error",
      WEBHOOK_PORT: String(port),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  let printed = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        if (printed.includes("ready")) resolve();
      });
    void ended.then(() => reject(new Error(`the process did not come up:\n${printed}`)));
  });
  return {
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
