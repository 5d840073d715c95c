import { expect } from "@playwright/test";
import { enter, makeKey, test } from "./accounts";
import { client, keyRow, otherPage, putAway } from "./support";

const MESSAGES = [{ role: "user" as const, content: "Hello from keys!" }];
/** For what a page finds out by itself. */
const LIVE = { timeout: 60_000 };

test("a key with rates, scopes, rules and metadata is made by keyboard alone, and its page shows them", async ({
  page,
}) => {
  const { project } = await enter(page);
  await page.goto(`${project}/keys?create=true`);
  const dialog = page.getByRole("dialog", { name: "Create key" });
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("by keyboard");
  await dialog.getByRole("button", { name: /^Rates, scopes/ }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("60");
  await page.keyboard.press("Tab");
  await page.keyboard.type("90000");
  await dialog.getByRole("checkbox", { name: /embeddings:write/ }).focus();
  await page.keyboard.press("Space");
  await dialog.getByRole("button", { name: "Add rule" }).focus();
  await page.keyboard.press("Enter");
  await dialog.getByRole("combobox", { name: "Models of rule 1" }).focus();
  await page.keyboard.type("gpt-5*");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("button", { name: "Remove gpt-5*" })).toBeVisible();
  await dialog.getByLabel("Metadata").focus();
  await page.keyboard.type("not json");
  await dialog.getByRole("button", { name: "Create key" }).focus();
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("Enter a JSON object, such as")).toBeVisible();
  await dialog.getByLabel("Metadata").fill('{"team": "search"}');
  await dialog.getByRole("button", { name: "Create key" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Your new key" })).toBeVisible();
  await putAway(page);

  await page.getByRole("link", { name: "by keyboard" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "by keyboard" })).toBeVisible();
  await expect(page.getByText("60 a minute", { exact: true })).toBeVisible();
  await expect(page.getByText("90,000 a minute", { exact: true })).toBeVisible();
  await expect(page.getByText("embeddings:write")).toBeHidden();
  await expect(page.getByRole("region", { name: "metadata" })).toContainText("search");
  await expect(page.getByRole("button", { name: "Remove gpt-5*" })).toBeVisible();
});

test("rules are tried out before they are saved, and the next call is decided under them", async ({
  page,
  baseURL,
}) => {
  const account = await enter(page);
  const secret = await makeKey(account, "ruled");
  const call = () =>
    client(baseURL ?? "", secret).chat.completions.create({ model: "simulator/echo", messages: MESSAGES });
  await call();
  await page.goto(`${account.project}/keys`);
  await page.getByRole("link", { name: "ruled" }).click();
  await expect(page.getByText(/^\d+ of \d+ models are left$/)).toBeVisible();

  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByRole("radio", { name: "Deny" }).click();
  await page.getByRole("combobox", { name: "Models of rule 1" }).fill("echo");
  await page.keyboard.press("Enter");
  await expect(page.getByText(/^\d+ of \d+ models would be left$/)).toBeVisible();
  await page.getByText("Test a model against the rules").click();
  await page.getByRole("button", { name: "Model to test" }).click();
  await page.getByPlaceholder("Search models").fill("echo");
  await page.getByRole("option", { name: /^echo/ }).first().click();
  await page.getByRole("button", { name: "Test", exact: true }).click();
  const said = page.getByRole("status", { name: "Answer of the rules" });
  await expect(said).toContainText("Access denied: Model echo is in the denied models list");
  await expect(said).toContainText("Rule 1");
  // A draft is only that.
  await call();

  await page.getByRole("link", { name: "Logs", exact: true }).first().click();
  const guard = page.getByRole("alertdialog", { name: "Leave without saving?" });
  await guard.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Save rules" }).click();
  await expect(page.getByText("The rules are saved")).toBeVisible();
  await expect(call()).rejects.toMatchObject({ status: 403, code: "iam_denied" });

  await page.getByRole("switch", { name: "Rule 1 is in force" }).click();
  await page.getByRole("button", { name: "Save rules" }).click();
  await expect(page.getByText(/^\d+ of \d+ models are left$/)).toBeVisible();
  await expect(async () => expect((await call()).choices).toHaveLength(1)).toPass(LIVE);
  await page.reload();
  await expect(page.getByRole("region", { name: "Audit trail" })).toContainText("Rules set");
});

test("what makes no rule is said beside it and not sent", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(`${project}/settings/rules`);
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByRole("button", { name: "Save rules" }).click();
  await expect(page.getByRole("group", { name: "Rule 1" }).getByRole("alert")).toHaveText("Name at least one");
  await page.getByRole("combobox", { name: "Rule 1 is about" }).click();
  await page.getByRole("option", { name: "Addresses" }).click();
  await page.getByRole("combobox", { name: "Addresses of rule 1" }).fill("10.0.0.0/99");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("group", { name: "Rule 1" }).getByRole("alert")).toHaveText(
    "Enter an address or a range such as 10.0.0.0/8",
  );
});

test("after a rotation with grace the key says when the old secret ends, and when it was used", async ({
  page,
  baseURL,
}) => {
  const account = await enter(page);
  const { project } = account;
  const old = await makeKey(account, "rotating");
  await page.goto(`${project}/keys`);
  await page.getByRole("link", { name: "rotating" }).click();
  await expect(page.getByRole("heading", { name: "rotating", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: "Actions for rotating" }).click();
  await page.getByRole("menuitem", { name: "Rotate…" }).click();
  await page.getByRole("button", { name: "Rotate key" }).click();
  await expect(page.getByRole("dialog", { name: "New secret" })).toBeVisible();
  await putAway(page);
  await expect(page.getByText("The key was rotated; the old secret still works")).toBeVisible();
  await expect(page.getByText("Nothing has called with it since.")).toBeVisible();
  await client(baseURL ?? "", old).chat.completions.create({ model: "simulator/echo", messages: MESSAGES });
  await expect(page.getByText(/A program called with it/)).toBeVisible(LIVE);
  await page.goto(`${project}/keys?status=rotating`);
  await expect(keyRow(page, "rotating")).toContainText(/Old secret ends in \d+ hours|Old secret ends in 1 day/);
});

test("several keys are disabled at once, and filters are in the address", async ({ page, baseURL }) => {
  const account = await enter(page);
  const first = await makeKey(account, "first");
  await makeKey(account, "second", { environment: "test" });
  await page.goto(`${account.project}/keys`);
  await page.getByRole("checkbox", { name: "Select all keys" }).click();
  await page.getByRole("button", { name: "Disable…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Disable 2 keys" }).click();
  await expect(page.getByText("2 keys disabled")).toBeVisible();
  await expect(
    client(baseURL ?? "", first).chat.completions.create({ model: "simulator/echo", messages: MESSAGES }),
  ).rejects.toMatchObject({ status: 401 });
  await page.getByRole("combobox", { name: "Status" }).click();
  await page.getByRole("option", { name: "Active" }).click();
  await expect(page).toHaveURL(/status=active/);
  await expect(page.getByText("No key fits")).toBeVisible();
});

test("the palette finds a key by a few letters", async ({ page }) => {
  const account = await enter(page);
  await makeKey(account, "nightly-summaries");
  await page.goto(account.project);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("nightly");
  await page.getByRole("option", { name: /nightly-summaries/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "nightly-summaries" })).toBeVisible();
});

test("a project's limit holds for all of its keys from the next call on", async ({ page, baseURL }) => {
  const account = await enter(page);
  const { project } = account;
  const secret = await makeKey(account, "limited");
  await page.goto(`${project}/settings`);
  const form = page.locator("form").filter({ has: page.getByLabel("Project limit", { exact: true }) });
  await form.getByLabel("Project limit", { exact: true }).fill("0.000001");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The limit is changed")).toBeVisible();
  await expect(page.getByRole("progressbar", { name: /^Limit of/ })).toBeVisible();
  await expect(
    client(baseURL ?? "", secret).chat.completions.create({ model: "simulator/echo", messages: MESSAGES }),
  ).rejects.toMatchObject({ status: 403, code: "budget_exceeded" });
});

test("another tenant's key is not there, nor is it by another project's address", async ({
  page,
  browser,
  baseURL,
}) => {
  const account = await enter(page);
  const { project } = account;
  await makeKey(account, "mine");
  await page.goto(`${project}/keys`);
  await page.getByRole("link", { name: "mine" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "mine" })).toBeVisible();
  const id = new URL(page.url()).pathname.split("/").at(-1);
  const stranger = await otherPage(browser, baseURL);
  const { project: theirs } = await enter(stranger);
  for (const place of [project, theirs])
    expect((await stranger.request.get(`${place}/live/keys/${id}`)).status()).toBe(404);
  await stranger.goto(`${theirs}/keys/${id}`);
  await expect(stranger.getByText("There is nothing here for you")).toBeVisible();
  await stranger.context().close();
});
