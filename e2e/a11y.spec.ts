import { expect } from "@playwright/test";
import { enter, makeKey, test } from "./accounts";
import { check, findings, PHONE } from "./check";
import { client, createKey, putAway } from "./support";

// Each signs up somebody of its own, so they need not wait for one another.
test.describe.configure({ mode: "parallel" });

test("public pages: nothing serious for axe in light and dark, no sideways scroll on a phone", async ({ page }) => {
  test.setTimeout(300_000);
  for (const path of [
    "/",
    "/models",
    "/models/openai/gpt-5.4",
    "/docs",
    "/docs/api",
    "/docs/api/keys",
    "/sign-in",
    "/sign-up",
    "/forgot-password",
    "/reset-password?token=used",
    "/invite?token=unknown",
    "/confirm-email?token=used",
    "/nothing-here",
  ]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await check(page, path);
  }
  await page.goto("/sign-up");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByLabel("E-mail")).toHaveAttribute("aria-invalid", "true");
  await check(page, "/sign-up with errors");
});

test("usage, models and the playground: the same", async ({ page, baseURL }) => {
  test.setTimeout(300_000);
  const account = await enter(page);
  const { project } = account;
  for (const path of ["/usage", "/usage?range=own", "/models?q=gpt", "/models/openai/gpt-5.4", "/playground"]) {
    await page.goto(`${project}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await check(page, `${path} when empty`);
  }
  const secret = await makeKey(account, "a key with quite a long name");
  const messages = [{ role: "user" as const, content: "Hello!" }];
  await client(baseURL ?? "", secret).chat.completions.create({ model: "simulator/echo", messages });
  await expect(async () => {
    await page.goto(`${project}/usage?by=key`);
    await expect(page.getByRole("table")).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await expect(page.locator("svg.recharts-surface")).toBeVisible();
  await check(page, "/usage when full");

  await page.goto(`${project}/playground?model=simulator/echo`);
  await page.getByRole("switch", { name: "Compare two models" }).click();
  await page.getByLabel("Temperature").fill("0");
  await page.getByLabel("Message").fill("Hello!");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByText(/tokens in, /)).toHaveCount(2);
  await page.getByLabel("Temperature").fill("warm");
  await check(page, "/playground when full");
  await page.getByRole("button", { name: /^Model 1/ }).click();
  await expect(page.getByPlaceholder("Search models")).toBeFocused();
  await check(page, "the choice of a model");
  await page.keyboard.press("Escape");
  await page.getByLabel("Temperature").fill("");
  await page.getByRole("button", { name: "Copy as code" }).first().click();
  await expect(page.getByRole("dialog", { name: "The same call as code" })).toBeVisible();
  await check(page, "a call as code");
});

test("the dashboard, empty and full: the same", async ({ page, baseURL }) => {
  test.setTimeout(300_000);
  const { project } = await enter(page);
  for (const path of [
    "",
    "/keys",
    "/logs",
    "/providers",
    "/end-users",
    "/end-users?tab=budgets",
    "/audit",
    "/billing",
    "/books",
    "/books/statement",
    "/settings",
    "/logs/gen_unknown",
  ]) {
    await page.goto(`${project}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await check(page, `${path || "/"} when empty`);
  }

  await page.goto(`${project}/keys`);
  await page.getByRole("button", { name: "Create key" }).first().click();
  await expect(page.getByRole("dialog", { name: "Create key" })).toBeVisible();
  await check(page, "the dialog that makes a key");
  await page.keyboard.press("Escape");

  const secret = await createKey(page, project, { name: "a key with quite a long name", limit: "1", reset: "Per day" });
  await page.getByRole("button", { name: "Send a test request" }).click();
  await expect(page.getByRole("status", { name: "Answer to the test request" })).toContainText("tokens in");
  await check(page, "the dialog that shows the secret");
  await putAway(page);

  const openai = client(baseURL ?? "", secret);
  const messages = [{ role: "user" as const, content: "Hello!" }];
  const { response } = await openai.chat.completions.create({ model: "simulator/echo", messages }).withResponse();
  const refused = await openai.chat.completions.create({ model: "no-such-model", messages }).catch(() => "refused");
  expect(refused).toBe("refused");
  for (const path of ["", "/keys", "/logs", `/logs/${response.headers.get("x-generation-id")}`]) {
    await page.goto(`${project}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await check(page, `${path || "/"} when full`);
  }

  await page.goto(`${project}/keys`);
  await page.getByRole("button", { name: /^Actions for/ }).click();
  await check(page, "the menu of a key");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Go to" })).toBeVisible();
  await check(page, "the palette");
  await page.keyboard.press("Escape");
  await page.setViewportSize(PHONE);
  await page.getByRole("button", { name: "Open navigation" }).click();
  await expect(page.getByRole("dialog", { name: "Navigation" })).toBeVisible();
  expect.soft(await findings(page), "the drawer").toEqual([]);
});

test("a key's page, its dialogs and the rules editor: the same", async ({ page, baseURL }) => {
  test.setTimeout(300_000);
  const account = await enter(page);
  const { project } = account;
  await page.goto(`${project}/keys?create=true`);
  const dialog = page.getByRole("dialog", { name: "Create key" });
  await dialog.getByRole("button", { name: /^Rates, scopes/ }).click();
  await dialog.getByRole("button", { name: "Add rule" }).click();
  await dialog.getByRole("combobox", { name: "Models of rule 1" }).fill("gpt");
  await expect(dialog.getByRole("option").first()).toBeVisible();
  await check(page, "all settings of a new key");

  const secret = await makeKey(account, "a key with quite a long name", { limit: "1", reset: "daily" });
  const messages = [{ role: "user" as const, content: "Hello!" }];
  await client(baseURL ?? "", secret).chat.completions.create({ model: "simulator/echo", messages });
  await page.goto(`${project}/keys`);
  await page.getByRole("checkbox", { name: "Select all keys" }).click();
  await check(page, "/keys with a selection");
  await page.getByRole("link", { name: "a key with quite a long name" }).click();
  await expect(page.getByRole("heading", { name: "History" })).toBeVisible();
  await check(page, "/keys/[id]");
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByRole("combobox", { name: "Rule 1 is about" }).click();
  await page.getByRole("option", { name: "Prices" }).click();
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByRole("button", { name: "Show them" }).click();
  await page.getByText("Test a model against the rules").click();
  await page.getByRole("button", { name: "Save rules" }).click();
  await expect(page.getByText("Name at least one")).toBeVisible();
  await check(page, "rules that are being written");
  await page.getByRole("button", { name: "Discard" }).click();
  await page.goto(`${project}/settings/rules`);
  await expect(page.getByText(/^\d+ of \d+ models are left$/)).toBeVisible();
  await check(page, "/settings/rules");
});
