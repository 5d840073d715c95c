import { closeDatabase, pool } from "@/lib/infra/db";

/**
 * Gives the database that `config()` names a clock that a test sets, which every process that connects from then on finds
 * before PostgreSQL's own: the path says so, once pg_catalog is named on it explicitly. What the schema fills
 * in by itself (CURRENT_TIMESTAMP) keeps the real time.
 */
export async function installDatabaseClock(): Promise<void> {
  await pool().query(`
    CREATE SCHEMA clock;
    CREATE TABLE clock.setting (ahead interval NOT NULL, stands_at timestamptz);
    INSERT INTO clock.setting VALUES ('0');
    CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
      AS 'SELECT coalesce(stands_at, pg_catalog.clock_timestamp() + ahead) FROM clock.setting';
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, clock, pg_catalog', current_database()); END $$;`);
  await closeDatabase();
}

/** Sets the database's clock to a time, from which it runs on. */
export async function setDatabaseClock(to: Date): Promise<void> {
  await pool().query(
    "UPDATE clock.setting SET ahead = $1::timestamptz - pg_catalog.clock_timestamp(), stands_at = NULL",
    [to],
  );
}

/** Stops the database's clock at a time, until it is set again. */
export async function stopDatabaseClock(at: Date): Promise<void> {
  await pool().query("UPDATE clock.setting SET stands_at = $1", [at]);
}

/** What the database's clock says, to the millisecond. */
export async function readDatabaseClock(): Promise<Date> {
  const { rows } = await pool().query<{ now: Date }>("SELECT clock_timestamp() AS now");
  if (!rows[0]) throw new Error("the database did not tell the time");
  return rows[0].now;
}
