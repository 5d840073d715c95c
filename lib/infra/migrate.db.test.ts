import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrate, migrationsFolder } from "@/lib/infra/migrate";
import { schemaDifference } from "@/lib/infra/schema-difference";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { emptyTestDatabase, testDatabase } from "@/lib/testing/test-database";

let folder: string;
let database: ScratchDatabase;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "turnpike-migrations-"));
  database = await emptyTestDatabase();
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function writeMigration(name: string, sql: string): Promise<void> {
  await mkdir(path.join(folder, name), { recursive: true });
  await writeFile(path.join(folder, name, "migration.sql"), sql);
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("migrate", () => {
  test("applies what is missing, once, and names it", async () => {
    await writeMigration("1_first", "create table one (id int)");
    expect(await migrate(database.url, folder)).toEqual(["1_first"]);
    await writeMigration("2_second", "create table two (id int)");
    expect(await migrate(database.url, folder)).toEqual(["2_second"]);
    expect(await migrate(database.url, folder)).toEqual([]);
  });

  test("lets any number of processes start at once: one applies, the others wait", async () => {
    await writeMigration("1_first", "create table one (id int); select pg_sleep(0.3)");
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(database.url, folder)));
    expect(applied.flat()).toEqual(["1_first"]);
  });

  test("takes function bodies with semicolons", async () => {
    await writeMigration(
      "1_first",
      "create function f() returns int language plpgsql as $$ begin perform 1; return 2; end $$;",
    );
    await migrate(database.url, folder);
    expect(await query("select f() as answer")).toEqual([{ answer: 2 }]);
  });

  test("keeps nothing of a migration that fails, says which and why, and tries it again", async () => {
    await writeMigration("1_first", "create table one (id int); select * from missing;");
    await expect(migrate(database.url, folder)).rejects.toThrow(
      'Migration 1_first failed: relation "missing" does not exist',
    );
    expect(await query("select to_regclass('one') as one")).toEqual([{ one: null }]);
    await writeMigration("1_first", "create table one (id int);");
    expect(await migrate(database.url, folder)).toEqual(["1_first"]);
  });

  test("keeps the table that `prisma migrate deploy` keeps", async () => {
    await writeMigration("1_first", "select 1");
    await migrate(database.url, folder);
    expect(await query("select migration_name, applied_steps_count from _prisma_migrations")).toEqual([
      { migration_name: "1_first", applied_steps_count: 1 },
    ]);
  });

  test("says in one line without the password when nobody answers at the address", async () => {
    await expect(migrate("postgresql://someone:hunter2@127.0.0.1:1/x", folder)).rejects.toThrow(
      /^PostgreSQL at 127\.0\.0\.1:1 cannot be reached: nothing answers there\. (?!.*hunter2)/,
    );
  });

  test("says in one line without the password that the password or the database is wrong", async () => {
    const wrongPassword = new URL(database.url);
    wrongPassword.password = "hunter2";
    await expect(migrate(wrongPassword.href, folder)).rejects.toThrow(
      /^PostgreSQL at \S+ refuses: the password or the user turnpike is wrong(?!.*hunter2)/,
    );
    const wrongDatabase = new URL(database.url);
    wrongDatabase.pathname = "/nowhere";
    await expect(migrate(wrongDatabase.href, folder)).rejects.toThrow(
      /^PostgreSQL at \S+ refuses: there is no database nowhere; make it with: createdb nowhere/,
    );
  });
});

describe("schemaDifference", () => {
  test("finds none between our migrations and our schema, so neither was changed alone", async () => {
    const migrated = await testDatabase();
    try {
      expect(await schemaDifference(migrated.url)).toBeUndefined();
    } finally {
      await migrated.drop();
    }
  });

  test("leaves partitions, constraints, triggers and functions alone when the schema gains a model", async () => {
    const migrated = await testDatabase();
    try {
      const schema = path.join(folder, "schema");
      await cp(path.join(path.dirname(migrationsFolder()), "schema"), schema, { recursive: true });
      await writeFile(path.join(schema, "zebra.prisma"), 'model Zebra {\n  id String @id\n  @@map("zebra")\n}\n');
      const difference = await schemaDifference(migrated.url, schema);
      expect(difference).toContain('CREATE TABLE "zebra"');
      expect(difference).not.toMatch(/DROP|ALTER/);
    } finally {
      await migrated.drop();
    }
  });
});
