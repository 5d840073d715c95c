import { config } from "@/lib/infra/config";

/** The public address of a project's billing page, where Stripe leads people back to. */
export function billingAddress(projectId: string): string {
  return `${config().appUrl}/dashboard/${encodeURIComponent(projectId)}/billing`;
}
