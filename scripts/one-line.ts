import { redact } from "@/lib/infra/redact";

/** Ends the process with code 1 and one line: what went wrong, without a stack and without a secret. */
export function endWithOneLine(error: unknown): never {
  console.error(redact(error instanceof Error ? error.message : String(error)));
  process.exit(1);
}

/**
 * Runs a script to its end and ends the process then, whatever timers are left: Prisma's schema engine leaves one of ten
 * seconds. A failure is one line and code 1.
 */
export async function runScript(main: () => Promise<void>): Promise<never> {
  await main().catch(endWithOneLine);
  process.exit();
}
