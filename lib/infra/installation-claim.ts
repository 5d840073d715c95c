import pg from "pg";

/** Any number, but the same in every process. */
const INSTALLATION_LOCK = 7_310_580_125;

/** The right to be the only server on an embedded database, held until this process ends, however it ends. */
export interface InstallationClaim {
  release(): Promise<void>;
}

/** Another server works on the same embedded database. */
export interface ClaimedBy {
  /** Its address, as far as it said. */
  claimedBy: string;
}

/**
 * Claims the embedded database at `databaseUrl` for the server that will be reached at `appUrl`. The claim is a session
 * lock in the database itself, so there is nothing to clean up after a crash.
 */
export async function claimInstallation(databaseUrl: string, appUrl: string): Promise<InstallationClaim | ClaimedBy> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: appUrl.slice(0, 63),
    keepAlive: true,
  });
  // If the database restarts, the claim is gone; nobody but a second start would have asked for it.
  client.on("error", () => undefined);
  await client.connect();
  const taken = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [INSTALLATION_LOCK]);
  if (taken.rows[0]?.taken) return { release: () => client.end().catch(() => undefined) };
  const holder = await client.query<{ application_name: string }>(
    `select a.application_name from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.granted and (l.classid::bigint << 32) + l.objid::bigint = $1`,
    [INSTALLATION_LOCK],
  );
  await client.end();
  return { claimedBy: holder.rows[0]?.application_name ?? "" };
}
