import type { NextConfig } from "next";

const nextConfig: NextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  // A lockfile in a parent folder must not make that folder the root.
  turbopack: { root: import.meta.dirname },
  // Native or stateful packages are loaded by Node itself, so server.ts and Next share one copy of each.
  serverExternalPackages: ["@node-rs/argon2", "@prisma/adapter-pg", "graphile-worker", "pg", "pino", "undici"],
  // `next dev` would print what server actions are called with: passwords, provider keys.
  logging: { serverFunctions: false },
  // `npm run check` type-checks the whole project, tests included; a build need not do it a second time.
  typescript: { ignoreBuildErrors: true },
};

export default nextConfig;
