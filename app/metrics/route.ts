import { handleInNext } from "@/lib/edge/next-door";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";

export { handleInNext as GET };
