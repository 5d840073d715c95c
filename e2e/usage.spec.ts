import { readFile } from "node:fs/promises";
import { expect } from "@playwright/test";
import { enter, makeKey, test } from "./accounts";
import { client, otherPage } from "./support";

const MESSAGES = [{ role: "user" as const, content: "Hello from usage! [[tokens:40]]" }];
/** Sums are written with the settlement, a moment after the answer. */
const SETTLED = { timeout: 60_000 };

test("usage is drawn and listed by model, provider and key, and exported", async ({ page, baseURL }) => {
  const account = await enter(page);
  const { project } = account;
  await page.goto(`${project}/usage`);
  await expect(page.getByText("There was no call in this span.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Export CSV" })).toBeHidden();

  const secret = await makeKey(account, "=2+3 usage");
  const openai = client(baseURL ?? "", secret);
  for (let call = 0; call < 3; call += 1) {
    await openai.chat.completions.create({ model: "simulator/echo", messages: MESSAGES });
  }
  const failing = openai.chat.completions.create({
    model: "simulator/echo",
    messages: [{ role: "user", content: "[[status:503]]" }],
  });
  await expect(failing).rejects.toMatchObject({ status: 502 });

  const row = page.getByRole("row").filter({ hasText: "echo" });
  await expect(async () => {
    await page.goto(`${project}/usage`);
    await expect(row.getByRole("cell").nth(1)).toHaveText("4", { timeout: 2_000 });
  }).toPass(SETTLED);
  await expect(row.getByRole("cell").nth(2)).toContainText("1");
  await expect(row.getByRole("cell").last()).toContainText(/\$0\.0*[1-9]/);
  await expect(
    page.getByRole("figure", { name: "Cost by day and model" }).locator("svg.recharts-surface"),
  ).toBeVisible();

  await page.getByRole("combobox", { name: "Group by" }).click();
  await page.getByRole("option", { name: "By key" }).click();
  await page.getByRole("radio", { name: "Requests" }).click();
  await expect(page).toHaveURL(/by=key/);
  await expect(page.getByRole("heading", { name: "Requests by day and key" })).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "=2+3 usage" })).toBeVisible();

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export CSV" }).click();
  const csv = await readFile(await (await download).path(), "utf8");
  expect(csv.split("\r\n")[0]).toBe("begins_at,group,name,requests,errors,prompt_tokens,completion_tokens,cost_usd");
  expect(csv).toMatch(/,'=2\+3 usage,4,1,/);
});

test("the range is chosen, also one's own, kept in the address, and a wrong one is explained", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(`${project}/usage`);
  await page.getByRole("combobox", { name: "Range" }).click();
  await page.getByRole("option", { name: "Last 24 hours" }).click();
  await expect(page.getByRole("heading", { name: "Cost by hour and model" })).toBeVisible();
  await page.getByRole("combobox", { name: "Range" }).click();
  await page.getByRole("option", { name: "Last year" }).click();
  await expect(page.getByRole("heading", { name: "Cost by week and model" })).toBeVisible();
  await page.getByRole("combobox", { name: "Range" }).click();
  await page.getByRole("option", { name: "From … to …" }).click();
  await page.getByLabel("From").fill("2026-03-02");
  await page.getByLabel("To", { exact: true }).fill("2026-03-01");
  await expect(page.getByRole("alert").filter({ hasText: "The last day lies before the first." })).toBeVisible();
  await page.getByLabel("To", { exact: true }).fill("2026-03-31");
  await expect(page.getByText("The last day lies before the first.")).toBeHidden();
  await page.reload();
  await expect(page.getByLabel("From")).toHaveValue("2026-03-02");
});

test("somebody else's usage cannot be exported, nor by nobody", async ({ page, browser, baseURL }) => {
  const { project } = await enter(page);
  const stranger = await otherPage(browser, baseURL);
  await enter(stranger);
  expect((await stranger.request.get(`${project}/usage/export`)).status()).toBe(404);
  expect((await page.request.get(`${project}/usage/export?range=own&from=x`)).status()).toBe(422);
  await stranger.context().close();
  const nobody = await browser.newContext({ baseURL: baseURL ?? "" });
  expect((await nobody.request.get(`${project}/usage/export`)).status()).toBe(401);
  await nobody.close();
});

test("the overview sets a range beside the one before, and the log is narrowed and exported", async ({
  page,
  baseURL,
}) => {
  const account = await enter(page);
  const { project } = account;
  const secret = await makeKey(account, "overview", { environment: "test" });
  const openai = client(baseURL ?? "", secret);
  await openai.chat.completions.create({ model: "simulator/echo", messages: MESSAGES });
  const figure = page.getByRole("definition").filter({ hasText: /^1$/ });
  await expect(async () => {
    await page.goto(`${project}?range=24h`);
    await expect(figure).toBeVisible({ timeout: 2_000 });
  }).toPass(SETTLED);
  await expect(page.getByRole("heading", { name: "Spend by hour" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Top models" })).toBeVisible();
  await page.getByRole("radio", { name: "Latency" }).click();
  await expect(page.getByRole("heading", { name: "Latency by hour" })).toBeVisible();
  await expect(page.locator(".recharts-line")).toHaveCount(2);
  await page.getByRole("radio", { name: "Spend" }).click();
  await page.getByRole("combobox", { name: "Range" }).click();
  await page.getByRole("option", { name: "Last year" }).click();
  await expect(page).toHaveURL(/range=1y/);
  await expect(page.getByRole("heading", { name: "Spend by week" })).toBeVisible();

  await page.goto(`${project}/logs?user=nobody`);
  await expect(page.getByText("No request fits")).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).first().click();
  await expect(page.getByRole("row").filter({ hasText: "echo" })).toBeVisible();
  await page.getByRole("combobox", { name: "Time" }).click();
  await page.getByRole("option", { name: "From … to …" }).click();
  await page.getByLabel("To", { exact: true }).fill("2026-01-01T00:00");
  await expect(page.getByText("No request fits")).toBeVisible();
  await page.getByRole("combobox", { name: "Time" }).click();
  await page.getByRole("option", { name: "Last hour" }).click();
  await expect(page.getByRole("row").filter({ hasText: "echo" })).toBeVisible();
  await expect(page).toHaveURL(/since=1h$/);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export CSV" }).click();
  const csv = await readFile(await (await download).path(), "utf8");
  expect(csv.split("\r\n")[0]).toMatch(/^id,created_at,key_id,/);
  expect(csv).toMatch(/^gen_\w+,.*,overview,test,chat\/completions,/m);
});
