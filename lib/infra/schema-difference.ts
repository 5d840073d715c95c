import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { SchemasContainer } from "@prisma/schema-engine-wasm/schema_engine_bg";
import { projectRoot } from "@/lib/infra/project-root";
import { withSchemaEngine } from "@/lib/infra/schema-engine";

async function readSchema(folder: string): Promise<SchemasContainer> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".prisma")).sort();
  return {
    files: await Promise.all(
      names.map(async (name) => ({
        path: path.join(folder, name),
        content: await readFile(path.join(folder, name), "utf8"),
      })),
    ),
  };
}

/**
 * The SQL that takes the database at `url` to what the Prisma schema says; undefined when it is there already. What the
 * schema language cannot express (partitions, CHECK constraints, triggers, functions, partial indexes) is left alone.
 */
export async function schemaDifference(
  url: string,
  schemaFolder = path.join(projectRoot(), "prisma", "schema"),
): Promise<string | undefined> {
  const schema = await readSchema(schemaFolder);
  const difference = await withSchemaEngine(url, (engine) =>
    engine.diff({
      from: { tag: "schemaDatasource", configDir: path.dirname(schemaFolder), ...schema },
      to: { tag: "schemaDatamodel", ...schema },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    }),
  );
  const DIFFERS = 2;
  return difference.exitCode === DIFFERS && difference.stdout ? difference.stdout : undefined;
}
