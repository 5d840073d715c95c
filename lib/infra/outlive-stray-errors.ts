import { log } from "@/lib/infra/log";

/** Whatever nobody caught is a fault of one request: it is logged, and does not end the process with all the others. */
export function outliveStrayErrors(): void {
  process.on("unhandledRejection", (error) =>
    log().error({ err: error }, "a promise was rejected and nobody caught it"),
  );
  process.on("uncaughtException", (error) => log().error({ err: error }, "an error was thrown and nobody caught it"));
}
