/**
 * Next runs this once when it starts. Under `next start`, and on a serverless platform, the route handlers are the
 * gateway's door, so its background work begins here; `server.ts` does it itself. The comparison lets Next leave all of
 * it out of what it builds for its edge runtime.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { ConfigError, config, settleEnvironment } = await import("@/lib/infra/config");
    settleEnvironment();
    if (config().servedByServer) return;
    if (config().disableAuth)
      throw new ConfigError("DISABLE_AUTH needs npm start: next start listens where it is told, for everyone");
    const { addressRequests } = await import("@/lib/edge/address-requests");
    addressRequests();
    const { startGateway } = await import("@/lib/gateway/lifecycle");
    await startGateway();
  }
}
