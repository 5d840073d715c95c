import type { NextAuthOptions } from "next-auth";
import CredentialsProvider from "next-auth/providers/credentials";
import GithubProvider from "next-auth/providers/github";
import GoogleProvider from "next-auth/providers/google";
import { z } from "zod";
import { GatewayError } from "@/lib/core/errors";
import { authAdapter } from "@/lib/identity/auth-adapter";
import { forwardedAddress } from "@/lib/identity/network";
import { decideProviderSignIn, verifiedGithubEmail } from "@/lib/identity/provider-account";
import { signIn } from "@/lib/identity/sign-in";
import { findUserById } from "@/lib/identity/store";
import { config, setEnvironment } from "@/lib/infra/config";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";

const SESSION_DAYS = 30;
const GITHUB_EMAILS_URL = "https://api.github.com/user/emails";
const GITHUB_TIMEOUT_MS = 10_000;

export interface SignInProvider {
  id: "github" | "google";
  name: string;
}

/** Where people can sign in from besides e-mail and password: what the installation has credentials for. */
export function signInProviders(): SignInProvider[] {
  const providers: SignInProvider[] = [];
  if (config().githubId && config().githubSecret) providers.push({ id: "github", name: "GitHub" });
  if (config().googleId && config().googleSecret) providers.push({ id: "google", name: "Google" });
  return providers;
}

let originSettled = false;

/**
 * NextAuth learns its own address from the environment alone. A public `APP_URL` is that address; an installation
 * without one is reached as localhost, 127.0.0.1 or over the local network, so there the host of the request counts.
 */
function settleOrigin(): void {
  if (originSettled) return;
  originSettled = true;
  const { appUrl } = config();
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(appUrl).hostname);
  setEnvironment(local ? { NEXTAUTH_URL: undefined, AUTH_TRUST_HOST: "true" } : { NEXTAUTH_URL: appUrl });
}

/** NextAuth's settings: JWT sessions that end when the person's `sessionVersion` moves on. */
export function authOptions(): NextAuthOptions {
  settleOrigin();
  return {
    secret: config().nextauthSecret,
    session: { strategy: "jwt", maxAge: SESSION_DAYS * 24 * 60 * 60 },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    adapter: authAdapter,
    providers: [credentials(), ...signInProviders().map(({ id }) => (id === "github" ? github() : google()))],
    callbacks: {
      async signIn({ account, user, profile }) {
        if (account?.type !== "oauth") return true;
        const decision = await decideProviderSignIn({
          provider: account.provider,
          providerAccountId: account.providerAccountId,
          email: user.email ?? null,
          emailVerified: vouchedFor.safeParse(profile).success,
        });
        return decision === "allowed" ? true : `/sign-in?error=${decision}`;
      },
      // Who the person is stays in the database; the token only says whose session it is and when it began.
      jwt({ token, user }) {
        return user ? { sub: user.id, sessionVersion: user.sessionVersion ?? 0 } : token;
      },
      async session({ session, token }) {
        const expires = session.expires;
        try {
          const user = token.sub ? await findUserById(token.sub) : null;
          if (!user || user.sessionVersion !== token.sessionVersion) return { expires };
          return { expires, user: { id: user.id, name: user.name, email: user.email, image: user.image } };
        } catch (error) {
          if (!isDatabaseUnavailable(error)) throw error;
          // Thrown, NextAuth would take it for a bad cookie and sign the person out.
          return { expires, unavailable: true };
        }
      },
    },
    logger: {
      error: (code, metadata) => log().warn({ code, ...described(metadata) }, "sign-in failed"),
      warn: (code) => log().debug({ code }, "sign-in warning"),
      debug: () => undefined,
    },
  };
}

const vouchedFor = z.object({ email_verified: z.literal(true) });

function credentials() {
  return CredentialsProvider({
    id: "credentials",
    name: "E-mail and password",
    credentials: { email: { label: "E-mail", type: "email" }, password: { label: "Password", type: "password" } },
    async authorize(form, request) {
      const address = forwardedAddress(request.headers?.["x-forwarded-for"]);
      try {
        const user = await signIn({ email: form?.email ?? "", password: form?.password ?? "", address });
        return user && { id: user.id, email: user.email, name: user.name, sessionVersion: user.sessionVersion };
      } catch (error) {
        throw new Error(explained(error));
      }
    },
  });
}

/** The sentence that the sign-in page shows; NextAuth carries it there in the address. */
function explained(error: unknown): string {
  if (error instanceof GatewayError) return error.message;
  if (isDatabaseUnavailable(error)) return "The database is not reachable at the moment. Please try again shortly.";
  log().error({ err: error }, "sign-in failed");
  return "Something went wrong on our side. Please try again.";
}

function github() {
  return GithubProvider({
    clientId: config().githubId ?? "",
    clientSecret: config().githubSecret ?? "",
    // What may be joined is decided in `decideProviderSignIn`, more strictly than NextAuth's own rule.
    allowDangerousEmailAccountLinking: true,
    userinfo: {
      // GitHub's profile does not say whether its e-mail is verified; the list of addresses does.
      async request({ client, tokens }) {
        const token = tokens.access_token ?? "";
        const profile = await client.userinfo(token);
        const answer = await fetch(GITHUB_EMAILS_URL, {
          headers: { authorization: `Bearer ${token}`, accept: "application/vnd.github+json" },
          signal: AbortSignal.timeout(GITHUB_TIMEOUT_MS),
        });
        const email = answer.ok ? verifiedGithubEmail(await answer.json()) : null;
        return { ...profile, email: email ?? undefined, email_verified: email !== null };
      },
    },
  });
}

function google() {
  return GoogleProvider({
    clientId: config().googleId ?? "",
    clientSecret: config().googleSecret ?? "",
    allowDangerousEmailAccountLinking: true,
  });
}

function described(metadata: unknown): Record<string, unknown> {
  if (metadata instanceof Error) return { err: metadata };
  return typeof metadata === "object" && metadata !== null ? { ...metadata } : {};
}
