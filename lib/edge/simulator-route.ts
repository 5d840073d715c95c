import { paymentService } from "@/lib/billing/payment-service";

/** A page of the local checkout simulator; 404 where payments are real, or where there are none. */
export async function showSimulator(request: Request, path: readonly string[]): Promise<Response> {
  const simulator = paymentService()?.simulator;
  return simulator ? simulator.hosted(request, path) : new Response("Not found", { status: 404 });
}
