import { expect, test } from "@playwright/test";
import { signUp } from "./support";

test("the docs carry this installation's address, and every chapter can be reached", async ({ page, baseURL }) => {
  await page.goto("/docs");
  await expect(page.getByRole("tabpanel", { name: "curl" })).toContainText(`curl ${baseURL}/api/v1/chat/completions`);
  for (const link of await page.getByRole("navigation", { name: "Chapters" }).getByRole("link").all()) {
    const id = ((await link.getAttribute("href")) ?? "").slice(1);
    await expect(page.locator(`h2[id="${id}"]`)).toHaveText((await link.textContent()) ?? "");
  }
  await page.getByRole("button", { name: "Copy base URL" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${baseURL}/api/v1`);
});

test("the palette leads to the docs and to the new pages", async ({ page }) => {
  const project = await signUp(page);
  for (const [typed, address] of [
    ["usage", `${project}/usage`],
    ["playground", `${project}/playground`],
    ["models", `${project}/models`],
    ["docs", "/docs"],
  ] as const) {
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog", { name: "Go to" }).getByRole("combobox").fill(typed);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${address}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
});
