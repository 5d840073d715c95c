import { config } from "@/lib/infra/config";

/** What a client is given as its base URL: `https://…/api/v1`. */
export function gatewayBaseUrl(): string {
  return `${config().appUrl}/api/v1`;
}
