import { equalSecrets } from "@/lib/core/equal-secrets";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import type { GatewayAnswer } from "@/lib/gateway/answer";
import { sentCredential } from "@/lib/gateway/authenticate";
import { type Incoming, queryOf } from "@/lib/gateway/incoming";
import { MEASURED } from "@/lib/gateway/measured";
import { refusalOf, refuse } from "@/lib/gateway/pipeline";
import { config } from "@/lib/infra/config";
import type { createMetrics } from "@/lib/infra/metrics";

let metrics: ReturnType<typeof createMetrics> | undefined;

/** Whether somebody may ask for metrics at all; if not, there is no such address. */
export function hasMetrics(): boolean {
  const { metricsPublic, metricsToken } = config();
  return metricsPublic || metricsToken !== undefined;
}

/**
 * Serves `GET /metrics` in Prometheus' text format, to anyone with `METRICS=public`, else to whoever has `METRICS_TOKEN`
 * (CONTRACT section 1). A wrong token counts as a wrong key does. Never throws.
 */
export async function serveMetrics(incoming: Incoming): Promise<GatewayAnswer> {
  const requestId = newId("gen");
  try {
    if (incoming.method !== "GET")
      throw new GatewayError("method_not_allowed", "/metrics takes GET only.", { headers: { allow: "GET" } });
    const { metricsPublic, metricsToken } = config();
    if (!metricsPublic && !equalSecrets(sentCredential(incoming.header, queryOf(incoming.url)), metricsToken ?? ""))
      throw new GatewayError("invalid_key", "Unauthorized: This is not the token that METRICS_TOKEN says.");
    // Loaded and begun here: Node's own figures have a price, which nobody pays who asks for none.
    metrics ??= (await import("@/lib/infra/metrics")).createMetrics(MEASURED);
    const { contentType, text } = metrics;
    return {
      status: 200,
      headers: { "content-type": contentType, "cache-control": "no-store" },
      body: await text(),
    };
  } catch (error) {
    return refuse(await refusalOf(error, requestId, incoming), requestId);
  }
}
