import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  type ColumnType,
  ColumnTypeEnum,
  isDriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from "@prisma/driver-adapter-utils";
import type { SchemaEngine } from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";

const ENGINE = "@prisma/schema-engine-wasm/schema_engine_bg";

/** What the database refused last, in its own words; the engine only reports that there was an error. */
interface LastWords {
  error?: Error;
}

type Reading = [type: ColumnType, read: (text: string) => unknown];

/** How the catalogue's types are read, by object id (`select oid, typname from pg_type`). */
const CATALOGUE_TYPES: Readonly<Record<number, Reading>> = {
  16: [ColumnTypeEnum.Boolean, (text) => text === "t"],
  18: [ColumnTypeEnum.Character, String],
  19: [ColumnTypeEnum.Text, String],
  20: [ColumnTypeEnum.Int64, String],
  21: [ColumnTypeEnum.Int32, Number],
  23: [ColumnTypeEnum.Int32, Number],
  25: [ColumnTypeEnum.Text, String],
  26: [ColumnTypeEnum.Int64, String],
};

/**
 * Prisma's adapter (7.10) refuses the catalogue's one-byte type `"char"`, and with it every description of a database
 * that has constraints. The query is then put once more, and its answer read here.
 */
async function queryCatalogue(pool: pg.Pool, query: SqlQuery): Promise<SqlResultSet> {
  const answer = await pool.query<(string | null)[]>({
    text: query.sql,
    values: query.args,
    rowMode: "array",
    types: { getTypeParser: () => (text: string | Buffer) => text.toString() },
  });
  const readings = answer.fields.map(({ dataTypeID, name }) => {
    const reading = CATALOGUE_TYPES[dataTypeID];
    if (!reading)
      throw new Error(`column ${name} of the catalogue has type ${dataTypeID}, which nobody has needed yet`);
    return reading;
  });
  return {
    columnNames: answer.fields.map((field) => field.name),
    columnTypes: readings.map(([type]) => type),
    rows: answer.rows.map((row) => readings.map(([, read], at) => (row[at] == null ? null : read(row[at])))),
  };
}

/**
 * Prisma's adapter with two things mended. It cuts a script at every semicolon, function bodies included, and sends the
 * pieces one by one; sent whole, PostgreSQL takes it apart itself and runs it as one transaction: a migration is applied
 * or it is not. And it cannot read the whole catalogue.
 */
function mended(factory: PrismaPg, lastWords: LastWords): SqlMigrationAwareDriverAdapterFactory {
  const connect = async (): Promise<SqlDriverAdapter> => {
    const adapter = await factory.connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script);
      } catch (error) {
        if (error instanceof Error) lastWords.error = error;
        throw error;
      }
    };
    adapter.queryRaw = (query) =>
      queryRaw(query).catch((error: unknown) => {
        if (!isDriverAdapterError(error) || error.cause.kind !== "UnsupportedNativeDataType") throw error;
        return queryCatalogue(adapter.underlyingDriver(), query);
      });
    return adapter;
  };
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect,
    connectToShadowDb: () => Promise.reject(new Error("no shadow database is needed here")),
  };
}

let loaded: Promise<typeof SchemaEngine> | undefined;

/** Loads Prisma's schema engine, 5 MB of WebAssembly, once. */
async function load(): Promise<typeof SchemaEngine> {
  const glue = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  const folder = path.dirname(createRequire(import.meta.url).resolve(ENGINE));
  const bytes = await readFile(path.join(folder, "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": { ...glue } });
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start === "function") start();
  return glue.SchemaEngine;
}

/** The engine's errors end in a trace of its own functions; the first line says what happened. */
function plainText(error: unknown, lastWords: LastWords): string {
  const text = error instanceof Error ? error.message : String(error);
  const [first = ""] = text.split("\n");
  if (!lastWords.error) return first;
  const migration = /migration_name="([^"]+)"/.exec(text)?.[1];
  return `${migration ? `Migration ${migration} failed: ` : ""}${lastWords.error.message}`;
}

/**
 * Runs `work` with Prisma's official schema engine on the database at `url`, through one connection.
 * @throws Error in one line, in the database's own words where it refused something.
 */
export async function withSchemaEngine<T>(url: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  loaded ??= load();
  const Engine = await loaded;
  const lastWords: LastWords = {};
  const pool = new pg.Pool({ connectionString: url, max: 1, options: "-c timezone=UTC" });
  pool.on("error", () => undefined);
  const factory = mended(new PrismaPg(pool), lastWords);
  const engine = await Engine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  try {
    return await work(engine);
  } catch (error) {
    throw new Error(plainText(error, lastWords), { cause: error });
  } finally {
    engine.free();
    await pool.end();
  }
}
