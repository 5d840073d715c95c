import { expect } from "@playwright/test";
import { startUpstream } from "@/lib/testing/upstream";
import { enter, makeKey, test } from "./accounts";
import { newEmail, otherPage, PASSWORD, signUp } from "./support";

test("signing out and in again; wrong words are answered in the page", async ({ page }) => {
  const email = newEmail();
  const project = await signUp(page, { email });
  await page.getByRole("button", { name: "Account of Ada Lovelace" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("/");
  await page.goto(`${project}/keys`);
  await page.waitForURL(/\/sign-in/);

  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("not that one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "do not go together" })).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`**${project}`);
});

test("an e-mail address that has an account cannot sign up twice", async ({ page, browser, baseURL }) => {
  const email = newEmail();
  await enter(page, { email });
  const other = await otherPage(browser, baseURL);
  await other.goto("/sign-up");
  await other.getByLabel("E-mail").fill(email.toUpperCase());
  await other.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await other.getByRole("button", { name: "Create account" }).click();
  await expect(other.getByText("An account with this e-mail address exists already.")).toBeVisible();
  await other.context().close();
});

test("forms say what is wrong beside the field, before anything is sent", async ({ page }) => {
  await page.goto("/sign-up");
  await page.getByLabel("E-mail").fill("nobody");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByLabel("E-mail")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText("Enter an e-mail address such as name@example.com")).toBeVisible();
  await expect(page.getByText("The password needs at least 8 characters")).toBeVisible();
});

test("somebody else's project is not there", async ({ page, browser, baseURL }) => {
  const { project } = await enter(page);
  const stranger = await otherPage(browser, baseURL);
  await enter(stranger);
  for (const path of [
    "",
    "/keys",
    "/logs",
    "/usage",
    "/models",
    "/playground",
    "/providers",
    "/audit",
    "/billing",
    "/members",
    "/account",
    "/books",
    "/books/statement",
    "/settings",
  ]) {
    await stranger.goto(`${project}${path}`);
    await expect(stranger.getByText("There is nothing at this address")).toBeVisible();
  }
  for (const path of ["/live/keys", "/live/requests", "/live/billing", "/books/statement/export?month=2026-01"]) {
    expect((await stranger.request.get(`${project}${path}`)).status()).toBe(404);
  }
  await stranger.context().close();
  const nobody = await browser.newContext({ baseURL: baseURL ?? "" });
  expect((await nobody.request.get(`${project}/live/keys`)).status()).toBe(401);
  await nobody.close();
});

test("provider keys are checked and added, shown by their last four characters, narrowed, turned off and removed", async ({
  page,
}) => {
  const { project } = await enter(page);
  const upstream = await startUpstream();
  const says = (status: number, message: string) => ({ status, body: JSON.stringify({ error: { message } }) });
  upstream.respond = ({ headers }) =>
    headers.authorization === "Bearer sk-e2e-0000000000000000wxyz"
      ? says(400, "you must provide a model parameter")
      : says(401, "Incorrect API key provided.");
  await page.goto(`${project}/providers`);
  await page.getByRole("button", { name: "Add provider key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Key").fill("sk-e2e-000000000000000wrong");
  await dialog.getByLabel("Base URL").fill("not an address");
  await dialog.getByRole("button", { name: "Add provider key" }).click();
  await expect(dialog.getByText("Enter an address such as")).toBeVisible();
  await dialog.getByLabel("Base URL").fill(upstream.url);
  await dialog.getByRole("button", { name: "Add provider key" }).click();
  await expect(dialog.getByRole("alert")).toContainText("refused this key. It says: Incorrect API key provided.");
  await expect(dialog.getByRole("button", { name: "Keep it all the same" })).toBeVisible();
  await dialog.getByLabel("Key").fill("sk-e2e-0000000000000000wxyz");
  await dialog.getByRole("button", { name: "Add provider key" }).click();
  const row = page.getByRole("row").filter({ hasText: "OpenAI" });
  await expect(row).toContainText("…wxyz");
  expect(await page.content()).not.toContain("sk-e2e");
  await expect(row).toContainText("every model");
  upstream.respond = () => says(401, "This key was revoked.");
  await row.getByRole("button", { name: /^Actions/ }).click();
  await page.getByRole("menuitem", { name: "Check now" }).click();
  await expect(row).toContainText("This key was revoked.");
  await upstream.close();
  await row.getByRole("button", { name: /^Actions/ }).click();
  await page.getByRole("menuitem", { name: "Edit…" }).click();
  await dialog.getByLabel("Models").fill("gpt-4o-mini");
  await dialog.getByLabel("Order").fill("first");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog.getByText("Enter a whole number")).toBeVisible();
  await dialog.getByLabel("Order").fill("5");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(row).toContainText("gpt-4o-mini");
  await row.getByRole("button", { name: /^Actions/ }).click();
  await page.getByRole("menuitem", { name: "Turn off" }).click();
  await expect(row).toContainText("Off");
  await row.getByRole("button", { name: /^Actions/ }).click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  await page
    .getByRole("alertdialog")
    .getByLabel(/to confirm/)
    .fill("wxyz");
  await page.getByRole("button", { name: "Remove key" }).click();
  await expect(page.getByText("No provider keys yet")).toBeVisible();
});

test("a second project is made and switched to, and the dashboard comes back to it", async ({ page }) => {
  const { project: first } = await enter(page);
  await page.goto(first);
  await page.getByRole("button", { name: /switch project/ }).click();
  await page.getByRole("menuitem", { name: "New project" }).click();
  await page.getByLabel("Name").fill("Second");
  await page.getByRole("button", { name: "Create project" }).click();
  await expect(page.getByRole("button", { name: "Project Second, switch project" })).toBeVisible();
  const second = new URL(page.url()).pathname;
  expect(second).not.toBe(first);
  await page.goto("/dashboard");
  await page.waitForURL(`**${second}`);
  await page.goto(`${second}/settings`);
  const name = page.locator("form").filter({ has: page.getByLabel("Project name") });
  await name.getByLabel("Project name").fill("Renamed");
  await name.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Project Renamed, switch project" })).toBeVisible();
});

test("by keyboard alone: the palette goes anywhere, and a key can be made", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(project);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("logs");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${project}/logs`);
  await expect(page.getByRole("heading", { name: "Logs" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("create key");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Create key" }).getByLabel("Name")).toBeFocused();
  await page.keyboard.type("typed");
  await page.keyboard.press("Enter");
  const secret = page.getByRole("dialog", { name: "Your new key" });
  await expect(secret).toBeVisible();
  await secret.getByLabel("I have stored it").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await expect(secret.getByRole("button", { name: "Done" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(secret).toBeHidden();
  await expect(page.getByText("typed", { exact: true }).first()).toBeVisible();
});

test("filters are in the address and survive a reload", async ({ page }) => {
  const account = await enter(page);
  await makeKey(account, "alpha");
  await makeKey(account, "beta", { environment: "test" });
  await page.goto(`${account.project}/keys`);
  await page.getByLabel("Search keys").fill("bet");
  await expect(page.getByRole("row").filter({ hasText: "alpha" })).toBeHidden();
  await expect(page).toHaveURL(/q=bet/);
  await page.reload();
  await expect(page.getByRole("row").filter({ hasText: "beta" })).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "alpha" })).toBeHidden();
});
