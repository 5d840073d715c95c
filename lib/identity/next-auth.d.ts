import type { SessionUser } from "@/lib/identity/session-user";

declare module "next-auth" {
  interface Session {
    /** Absent when the session has ended, although its cookie has not. */
    user?: SessionUser;
    /** The database could not be asked whether the session still runs. */
    unavailable?: true;
  }

  interface User {
    sessionVersion?: number;
  }
}

declare module "next-auth/jwt" {
  interface JWT {
    /** The person's `sessionVersion` when the session began. */
    sessionVersion?: number;
  }
}
