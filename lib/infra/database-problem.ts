/** The database cannot be used. The message is one line, says what to do, and never holds the password. */
export class DatabaseProblem extends Error {
  override readonly name = "DatabaseProblem";
}

const NOT_REACHED: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing answers there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its host cannot be looked up just now",
  ETIMEDOUT: "it did not answer in time",
  EHOSTUNREACH: "its host cannot be reached",
  ENETUNREACH: "its network cannot be reached",
  ECONNRESET: "the connection was broken off",
};

/** PostgreSQL's SQLSTATE codes, manual appendix A. */
function refusal(code: string, user: string, database: string): string | undefined {
  switch (code) {
    case "28P01":
    case "28000":
      return `the password or the user ${user} is wrong; correct DATABASE_URL`;
    case "3D000":
      return `there is no database ${database}; make it with: createdb ${database}, or correct DATABASE_URL`;
    case "42501":
      return `the user ${user} may not make tables in it; grant it: grant create, usage on schema public to ${user}`;
    case "53300":
      return "it has no connection left to give; raise max_connections there";
    case "57P03":
      return "it is just starting or shutting down; try again in a moment";
    default:
      return undefined;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/**
 * One line for whoever set `url` (a PostgreSQL address): what is wrong with the database there and what to do. Undefined
 * when the error is of another kind.
 */
export function explainDatabaseProblem(error: unknown, url: string): string | undefined {
  const { hostname, port, username, pathname } = new URL(url);
  const where = `PostgreSQL at ${hostname}:${port || 5432}`;
  const database = decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username);
  const code = codeOf(error);
  const unreached = NOT_REACHED[code];
  if (unreached) {
    return `${where} cannot be reached: ${unreached}. Start it or correct DATABASE_URL; unset DATABASE_URL to use the embedded database.`;
  }
  const refused = refusal(code, decodeURIComponent(username), database);
  if (refused) return `${where} refuses: ${refused}.`;
  const text = error instanceof Error ? error.message : "";
  if (/timeout/i.test(text)) return `${where} cannot be reached: it did not answer in time. Correct DATABASE_URL.`;
  if (/does not support SSL/i.test(text)) {
    return `${where} does not speak TLS: take sslmode out of DATABASE_URL, or turn TLS on there.`;
  }
  if (/certificate/i.test(text) || code.includes("CERT") || code.includes("SELF_SIGNED")) {
    return `${where} shows a certificate that is not trusted (${code || "TLS"}): name its authority in NODE_EXTRA_CA_CERTS.`;
  }
  if (/terminated unexpectedly|closed/i.test(text)) {
    return `${where} broke off the connection: is it PostgreSQL that answers there? Correct DATABASE_URL.`;
  }
  return undefined;
}
