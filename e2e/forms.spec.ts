import { expect, type Page } from "@playwright/test";
import { bareTest as test } from "./accounts";
import { newEmail, PASSWORD, putAway, SECRET, signUp } from "./support";

/** Holds back every script of the pages that are opened from now on, until the answer is called. */
async function withoutScripts(page: Page): Promise<() => void> {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/\/_next\/static\/.*\.js/, async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

test("what is typed before the script has come is kept, by the form and on the screen", async ({ page }) => {
  const release = await withoutScripts(page);
  const email = newEmail();
  await page.goto("/sign-up", { waitUntil: "commit" });
  await page.getByLabel("Name").fill("Early Bird");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  release();
  await page.waitForLoadState("load");
  await expect(page.getByLabel("E-mail")).toHaveValue(email);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL(/\/dashboard\/prj_\w+$/);
  await expect(page.getByRole("button", { name: /Early Bird/ }).first()).toBeVisible();
});

test("a form that the server renders shows its values without any script", async ({ page }) => {
  const project = await signUp(page);
  const html = await (await page.request.get(`${project}/settings`)).text();
  expect(html).toMatch(
    /<input[^>]*name="name"[^>]*value="Default project"|<input[^>]*value="Default project"[^>]*name="name"/,
  );
  // A password must not get into an address, whatever the browser does with a form that has no script yet.
  for (const where of ["/sign-in", "/sign-up"]) {
    const visitor = await page.context().browser()?.newContext();
    const form = await (await visitor?.request.get(new URL(where, page.url()).href))?.text();
    expect(form).toMatch(/<form[^>]*method="post"/i);
    await visitor?.close();
  }
});

test("a key's secret is shown although its page is left while it is made", async ({ page }) => {
  const project = await signUp(page);
  await page.goto(`${project}/logs`);
  await page.getByRole("link", { name: "Keys", exact: true }).first().click();
  await page.getByRole("button", { name: "Create key" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Create key" });
  await dialog.getByLabel("Name").fill("in a hurry");
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(`**${project}/keys*`, async (route) => {
    if (route.request().method() === "POST") await held;
    await route.continue();
  });
  await dialog.getByRole("button", { name: "Create key" }).click();
  // The create dialog is an address of its own.
  await page.goBack();
  if (new URL(page.url()).pathname.endsWith("/keys")) await page.goBack();
  await expect(page.getByRole("heading", { name: "Logs" })).toBeVisible();
  release();
  const made = page.getByRole("dialog", { name: "Your new key" });
  await expect(made.getByTestId("secret")).toHaveText(SECRET);
  await putAway(page);
});

test("an owner deletes their only organisation by its name, and may begin with another one", async ({ page }) => {
  const project = await signUp(page);
  await page.goto(`${project}/settings`);
  await expect(page.getByText(/of credits are left/)).toBeVisible();
  await page.getByRole("button", { name: "Delete organisation" }).click();
  const asked = page.getByRole("alertdialog");
  const name = ((await asked.getByRole("heading").textContent()) ?? "").replace(/^Delete (.*)\?$/, "$1");
  await expect(asked.getByRole("button", { name: "Delete organisation" })).toBeDisabled();
  await asked.getByRole("textbox").fill(name);
  await asked.getByRole("button", { name: "Delete organisation" }).click();
  await expect(page.getByRole("heading", { name: "There is no project for you yet" })).toBeVisible();
  await page.getByLabel("Name").fill("Phoenix");
  await page.getByRole("button", { name: "Create organisation" }).click();
  await page.waitForURL(/\/dashboard\/prj_\w+$/);
  await page.goto(project);
  await expect(page.getByRole("heading", { name: "Overview" })).toBeHidden();
});
