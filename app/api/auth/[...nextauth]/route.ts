import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authOptions } from "@/lib/identity/auth-options";

interface Context {
  params: Promise<{ nextauth: string[] }>;
}

/** NextAuth's own endpoints: session, csrf, signin, callback, signout. */
function handler(request: NextRequest, context: Context): Promise<Response> {
  return NextAuth(request, context, authOptions());
}

export { handler as GET, handler as POST };
