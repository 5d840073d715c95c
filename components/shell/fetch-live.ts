import type { z } from "zod";

/** Reads one of the `live` addresses of a project. @throws Error when it does not answer with what was expected. */
export async function fetchLive<Schema extends z.ZodType>(
  address: string,
  schema: Schema,
  signal: AbortSignal,
): Promise<z.infer<Schema>> {
  const response = await fetch(address, { signal, headers: { accept: "application/json" } });
  if (response.status === 401) {
    // The session has ended; the page itself sends people to sign in and back.
    window.location.reload();
  }
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  return schema.parse(await response.json());
}
