import { expect, test } from "vitest";
import { isDatabaseUnavailable } from "@/lib/infra/db";

const failure = (code: string) => Object.assign(new Error("Transaction API error"), { code });

test.each(["ECONNREFUSED", "P1001", "P2024", "P2028", "08006", "40P01", "53300", "57014"])(
  "%s says that the database cannot be used just now, also as a cause",
  (code) => {
    expect(isDatabaseUnavailable(failure(code))).toBe(true);
    expect(isDatabaseUnavailable(new Error("it failed", { cause: failure(code) }))).toBe(true);
  },
);

test.each(["23505", "42601", "P2002"])("%s is a statement's own fault", (code) => {
  expect(isDatabaseUnavailable(failure(code))).toBe(false);
});
