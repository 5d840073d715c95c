import { expect } from "@playwright/test";
import OpenAI from "openai";
import { enter, makeKey, test } from "./accounts";
import { client, MASTER_KEY } from "./support";

const MESSAGES = [{ role: "user" as const, content: "Hello!" }];

test("a budget and an end user are made, spent from, edited, blocked and deleted", async ({ page, baseURL }) => {
  const account = await enter(page);
  const { project } = account;
  const secret = await makeKey(account, "server");

  await test.step("a budget, of which an interval needs its length", async () => {
    await page.goto(`${project}/end-users?tab=budgets`);
    await page.getByRole("button", { name: "Create budget" }).click();
    const dialog = page.getByRole("dialog", { name: "Create budget" });
    await dialog.getByLabel("Amount").fill("0");
    await dialog.getByLabel("Starts again").click();
    await page.getByRole("option", { name: "Every …" }).click();
    await dialog.getByRole("button", { name: "Create budget" }).click();
    await expect(dialog.getByText("Enter an amount above 0")).toBeVisible();
    await dialog.getByLabel("Amount").fill("2.50");
    await dialog.getByRole("button", { name: "Create budget" }).click();
    await expect(dialog.getByText("Say how long it lasts")).toBeVisible();
    await dialog.getByLabel("Every", { exact: true }).fill("2");
    await dialog.getByRole("button", { name: "Create budget" }).click();
    const row = page.getByRole("row").filter({ hasText: "$2.50" });
    await expect(row).toContainText("every 2 days");
    await row.getByRole("button", { name: "Actions for $2.50 every 2 days" }).click();
    await page.getByRole("menuitem", { name: "Edit…" }).click();
    await page.getByRole("dialog", { name: "Edit budget" }).getByLabel("Amount").fill("3");
    await page.getByRole("button", { name: "Save changes" }).click();
    await expect(page.getByRole("row").filter({ hasText: "$3.00" })).toContainText("every 2 days");
  });

  await test.step("an end user with it, once", async () => {
    await page.getByRole("tab", { name: "End users" }).click();
    for (const attempt of ["first", "again"]) {
      await page.getByRole("button", { name: "Create end user" }).click();
      const dialog = page.getByRole("dialog", { name: "Create end user" });
      await dialog.getByLabel("User id").fill("user-1");
      await dialog.getByLabel("Alias").fill("Alice");
      await dialog.getByLabel("Budget").click();
      await page.getByRole("option", { name: /^\$3\.00 every 2 days/ }).click();
      await dialog.getByRole("button", { name: "Create end user" }).click();
      if (attempt === "first") await expect(dialog).toBeHidden();
      else {
        await expect(dialog.getByText("User 'user-1' already exists")).toBeVisible();
        await page.keyboard.press("Escape");
      }
    }
    await expect(page.getByRole("row").filter({ hasText: "Alice" })).toContainText("of $3.00");
  });

  const { key } = await (
    await page.request.post(`${baseURL}/api/v1/keys`, {
      headers: { authorization: `Bearer ${MASTER_KEY}` },
      data: { key_name: "alice", user_id: "user-1", project_id: project.split("/").at(-1) },
    })
  ).json();
  const alice = client(baseURL ?? "", key);
  await alice.chat.completions.create({ model: "simulator/echo", messages: MESSAGES });

  await test.step("what they did is on their page", async () => {
    await page.getByRole("link", { name: "Alice" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Alice" })).toBeVisible();
    // A receipt is written a moment after its answer.
    await expect(async () => {
      await page.reload();
      await expect(page.getByRole("row").filter({ hasText: "echo" })).toContainText("200", { timeout: 2_000 });
    }).toPass();
    await expect(page.getByText("Starts again", { exact: true })).toBeVisible();
  });

  await test.step("blocked, their calls are refused at once, and nobody else's", async () => {
    await page.getByRole("button", { name: "Actions for user-1" }).click();
    await page.getByRole("menuitem", { name: "Block" }).click();
    await expect(page.getByText("Blocked", { exact: true })).toBeVisible();
    const refused = await alice.chat.completions
      .create({ model: "simulator/echo", messages: MESSAGES })
      .catch((e) => e);
    expect(refused).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(refused.code).toBe("user_blocked");
    await client(baseURL ?? "", secret).chat.completions.create({ model: "simulator/echo", messages: MESSAGES });
  });

  await test.step("deleted, after their name is typed", async () => {
    await page.getByRole("button", { name: "Actions for user-1" }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    await page
      .getByRole("alertdialog")
      .getByLabel(/to confirm/)
      .fill("user-1");
    await page.getByRole("button", { name: "Delete end user" }).click();
    await expect(page.getByText("No end users yet")).toBeVisible();
  });
});

test("a project is deleted after its name is typed: its key is dead at once, and there is a way on", async ({
  page,
  baseURL,
}) => {
  const account = await enter(page);
  const { project } = account;
  const secret = await makeKey(account, "doomed");
  await page.goto(`${project}/settings`);
  const name = await page.getByLabel("Project name").inputValue();
  await page.getByRole("button", { name: "Delete project" }).click();
  const dialog = page.getByRole("alertdialog");
  await expect(dialog.getByRole("button", { name: "Delete project" })).toBeDisabled();
  await dialog.getByLabel(/to confirm/).fill(name);
  await dialog.getByRole("button", { name: "Delete project" }).click();
  await page.waitForURL("**/dashboard");
  const refused = await client(baseURL ?? "", secret)
    .chat.completions.create({ model: "simulator/echo", messages: MESSAGES })
    .catch((e) => e);
  expect(refused).toBeInstanceOf(OpenAI.AuthenticationError);
  expect((await page.request.get(project)).status()).toBe(404);
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Next one");
  await page.getByRole("dialog").getByRole("button", { name: "Create project" }).click();
  await page.waitForURL(/\/dashboard\/prj_/);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});
