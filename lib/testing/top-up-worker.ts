import { startTopUps } from "@/lib/billing/background";
import { startWebhookServer } from "@/lib/testing/webhook-server";

/** The part of a server that tops credits up and takes webhooks in, as a process of its own; `top-up-process.ts` starts it. */
await startWebhookServer(Number(process.env.WEBHOOK_PORT));
await startTopUps();
console.log("ready");
