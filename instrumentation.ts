/**
 * Next runs this once when it starts. Under `next start`, and on a serverless platform, the route handlers are the
 * gateway's door, so its background work begins here; `server.ts` does it itself. The comparison lets Next leave all of
 * it out of what it builds for its edge runtime.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { config } = await import("@/lib/infra/config");
    if (config().servedByServer) return;
    const { startGateway } = await import("@/lib/gateway/lifecycle");
    await startGateway();
  }
}
