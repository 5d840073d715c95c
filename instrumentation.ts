/**
 * Next runs this once when it starts. Under `next start`, and on a serverless platform, the route handlers are the
 * gateway's door, so its background work begins here; `server.ts` does it itself, in a process of its own, and what is
 * left here is to look for changed prices, which pages show. The comparison lets Next leave all of it out of what it builds
 * for its edge runtime.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { startUnderNext } = await import("@/lib/edge/start-under-next");
    await startUnderNext();
  }
}
