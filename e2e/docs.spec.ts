import { expect } from "@playwright/test";
import { enter, test } from "./accounts";

test("the docs carry this installation's address, and every chapter can be reached", async ({ page, baseURL }) => {
  await page.goto("/docs");
  await expect(page.getByRole("tabpanel", { name: "curl" })).toContainText(`curl ${baseURL}/api/v1/chat/completions`);
  const chapters = await page.getByRole("navigation", { name: "Docs", exact: true }).locator('a[href*="#"]').all();
  expect(chapters.length).toBeGreaterThan(10);
  for (const link of chapters) {
    const id = ((await link.getAttribute("href")) ?? "").split("#")[1];
    await expect(page.locator(`h2[id="${id}"]`)).toHaveText((await link.textContent()) ?? "");
  }
  await page.getByRole("button", { name: "Copy base URL" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${baseURL}/api/v1`);
});

test("a call is found by searching the docs, and shown with fields, errors and code; on a phone too", async ({
  page,
  baseURL,
}) => {
  await page.setViewportSize({ width: 375, height: 760 });
  await page.goto("/docs");
  await page.getByRole("button", { name: "Contents" }).click();
  await page.getByLabel("Search the docs").fill("rotate");
  await page.getByRole("link", { name: "POST keys/{id}/rotate" }).click();
  await page.waitForURL("**/docs/api/keys#post_keys_id_rotate");
  const call = page.getByRole("region", { name: "POST /keys/{id}/rotate" });
  await expect(call).toBeInViewport();
  await expect(call).toContainText("grace_period_seconds");
  await expect(call).toContainText("insufficient_scope");
  await expect(call.getByRole("tabpanel", { name: "curl" })).toContainText(
    `${baseURL}/api/v1/keys/key_your_key/rotate`,
  );
  await call.getByRole("tab", { name: "TypeScript" }).click();
  await expect(call.getByRole("tabpanel", { name: "TypeScript" })).toContainText("await fetch(");
  await expect(page.getByRole("button", { name: "Contents" })).toHaveAttribute("aria-expanded", "false");
  expect((await page.goto("/docs/api/nothing"))?.status()).toBe(404);
});

test("the palette leads to the docs and to the new pages", async ({ page }) => {
  const { project } = await enter(page);
  for (const [typed, address] of [
    ["usage", `${project}/usage`],
    ["playground", `${project}/playground`],
    ["models", `${project}/models`],
    ["end users", `${project}/end-users`],
    ["documentation", "/docs"],
    ["openapi", "/docs/api"],
  ] as const) {
    await page.goto(project);
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog", { name: "Go to" }).getByRole("combobox").fill(typed);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${address}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
});
