import { setEnvironment } from "@/lib/infra/config";

/*
 * The files that one worker runs share its modules, which take seconds to load: each of them begins with the environment
 * that the worker began with, whatever the file before it has set.
 */

declare global {
  var turnpikeTestEnvironment: Readonly<Record<string, string | undefined>> | undefined;
}

globalThis.turnpikeTestEnvironment ??= { ...process.env };
const added = Object.keys(process.env).map((name) => [name, undefined] as const);
setEnvironment({ ...Object.fromEntries(added), ...globalThis.turnpikeTestEnvironment });
