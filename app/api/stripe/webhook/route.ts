import { receiveWebhook } from "@/lib/edge/webhook-route";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";

export { receiveWebhook as POST };
