import { expect, test } from "vitest";
import { verifiedGithubEmail } from "@/lib/identity/provider-account";

test("GitHub's primary address counts when it is verified, else another verified one, else none", () => {
  const primary = { email: "primary@example.com", primary: true, verified: true };
  const second = { email: "second@example.com", primary: false, verified: true };
  expect(verifiedGithubEmail([second, primary])).toBe("primary@example.com");
  expect(verifiedGithubEmail([{ ...primary, verified: false }, second])).toBe("second@example.com");
  expect(verifiedGithubEmail([{ ...primary, verified: false }])).toBeNull();
  expect(verifiedGithubEmail({ message: "Bad credentials" })).toBeNull();
});
