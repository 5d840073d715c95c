import { addressRequests } from "@/lib/edge/address-requests";
import { startGateway } from "@/lib/gateway/lifecycle";
import { ConfigError, config, settleEnvironment } from "@/lib/infra/config";
import { startRefreshingPrices } from "@/lib/pricing/refresh-prices";

/**
 * What Next's own copy of the code does before its first request: below `server.ts` nothing but keeping prices fresh, and
 * otherwise all that `server.ts` does for the gateway. Settings that cannot be end the process with one line.
 */
export async function startUnderNext(): Promise<void> {
  try {
    settleEnvironment();
    if (config().disableAuth && !config().servedByServer)
      throw new ConfigError("DISABLE_AUTH needs npm start: next start listens where it is told, for everyone");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Thrown, Next would go on listening and answer 500 to everything.
    console.error(error.message);
    process.exit(1);
  }
  if (config().servedByServer) {
    // A database that is away is looked for again, and keeps no page from saying so.
    await startRefreshingPrices().catch(() => undefined);
    return;
  }
  addressRequests();
  await startGateway();
}
