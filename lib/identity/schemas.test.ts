import { describe, expect, test } from "vitest";
import { fieldErrors } from "@/lib/identity/field-errors";
import { signUpSchema } from "@/lib/identity/schemas";

const good = { email: "ada@example.com", password: "correct horse" };

function problem(form: unknown): unknown {
  const parsed = signUpSchema.safeParse(form);
  return parsed.success ? null : fieldErrors(parsed.error).metadata.fields;
}

test("an e-mail is trimmed and put in lower case", () => {
  expect(signUpSchema.parse({ ...good, email: "  Ada@Example.COM " }).email).toBe("ada@example.com");
});

describe("a refused sign-up says which rule failed", () => {
  test.each([
    ["a short password", { ...good, password: "1234567" }, { password: "The password needs at least 8 characters" }],
    [
      "a long password",
      { ...good, password: "x".repeat(201) },
      { password: "The password may have at most 200 characters" },
    ],
    ["no password", { email: good.email }, { password: "Choose a password" }],
    ["no e-mail", { ...good, email: "  " }, { email: "Enter your e-mail address" }],
    ["half an e-mail", { ...good, email: "ada@" }, { email: "Enter an e-mail address such as name@example.com" }],
    ["a long name", { ...good, name: "x".repeat(101) }, { name: "The name may have at most 100 characters" }],
  ])("%s", (_, form, fields) => {
    expect(problem(form)).toEqual(fields);
  });
});

test("passwords of 8 and of 200 characters are accepted, spaces and all", () => {
  expect(signUpSchema.parse({ ...good, password: "        " }).password).toBe("        ");
  expect(problem({ ...good, password: "x".repeat(200) })).toBeNull();
});
