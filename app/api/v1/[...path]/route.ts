import { handleInNext } from "@/lib/edge/next-door";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";

export {
  handleInNext as DELETE,
  handleInNext as GET,
  handleInNext as HEAD,
  handleInNext as OPTIONS,
  handleInNext as PATCH,
  handleInNext as POST,
  handleInNext as PUT,
};
