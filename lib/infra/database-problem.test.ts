import { expect, test } from "vitest";
import { explainDatabaseProblem } from "@/lib/infra/database-problem";

const url = "postgresql://someone:hunter2@db.example:6432/turnpike";

function failure(code: string, message = "it failed for hunter2"): Error {
  return Object.assign(new Error(message), { code });
}

test.each([
  [failure("ECONNREFUSED"), "PostgreSQL at db.example:6432 cannot be reached: nothing answers there."],
  [failure("ENOTFOUND"), "cannot be reached: there is no such host."],
  [failure("28P01"), "refuses: the password or the user someone is wrong"],
  [failure("3D000"), "refuses: there is no database turnpike; make it with: createdb turnpike"],
  [failure("42501"), "refuses: the user someone may not make tables in it"],
  [new Error("timeout expired"), "cannot be reached: it did not answer in time"],
  [new Error("Query read timeout"), "cannot be reached: it did not answer in time"],
  [failure("57014", "canceling statement due to statement timeout"), "cannot be reached: it did not answer in time"],
  [new Error("The server does not support SSL connections"), "does not speak TLS"],
  [failure("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate"), "shows a certificate that is not trusted"],
  [new Error("Connection terminated unexpectedly"), "broke off the connection"],
])("explains %s in one line without the password", (error, expected) => {
  const line = explainDatabaseProblem(error, url);
  expect(line).toContain(expected);
  expect(line).not.toMatch(/hunter2|\n/);
});

test("leaves an error of another kind to others", () => {
  expect(explainDatabaseProblem(failure("23505"), url)).toBeUndefined();
});
