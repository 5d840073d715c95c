import { defineConfig } from "prisma/config";

/** For the Prisma command line. Our own scripts (`npm run db:diff`, `db:migrate`) read the same folders. */
export default defineConfig({
  schema: "prisma/schema",
  migrations: { path: "prisma/migrations" },
  // Generating the client needs no database, so an unset address must not stop it.
  datasource: { url: process.env.DATABASE_URL ?? "" },
});
