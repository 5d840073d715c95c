import { expect, type Page } from "@playwright/test";
import { enter, test } from "./accounts";

const rows = (page: Page) => page.getByRole("region", { name: "Models" }).locator("tbody tr");

test("anybody can search and filter the catalogue, and what they chose is in the address", async ({ page }) => {
  await page.goto("/models");
  await expect(rows(page)).toHaveCount(50);
  await page.getByLabel("Search models").fill("gpt-4o-mini");
  await expect(page).toHaveURL(/q=gpt-4o-mini/);
  await expect(rows(page).first()).toContainText("gpt-4o-mini");
  await expect(rows(page).first()).toContainText("$0.15");
  await expect(rows(page)).not.toHaveCount(50);
  await page.reload();
  await expect(page.getByLabel("Search models")).toHaveValue("gpt-4o-mini");

  await page.getByLabel("Search models").fill("");
  await page.getByRole("combobox", { name: "Provider" }).click();
  await page.getByRole("option", { name: "Anthropic", exact: true }).click();
  await expect(page).toHaveURL(/provider=anthropic/);
  await expect(rows(page).first()).toContainText("claude");
  await page.getByLabel("Search models").fill("no such model");
  await expect(page.getByText("No model fits")).toBeVisible();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(rows(page)).toHaveCount(50);
});

test("the catalogue sorts by price, and has further pages", async ({ page }) => {
  await page.goto("/models");
  await page.getByRole("link", { name: "Input / M" }).click();
  await page.waitForURL(/sort=input/);
  await page.getByRole("link", { name: "Input / M" }).click();
  await page.waitForURL(/descending=true/);
  await expect(page.getByRole("columnheader", { name: "Input / M" })).toHaveAttribute("aria-sort", "descending");
  const first = await rows(page).first().textContent();
  await page.getByRole("link", { name: "Next" }).click();
  await page.waitForURL(/page=2/);
  await expect(page.getByRole("status").filter({ hasText: "51 to 100 of" })).toBeVisible();
  expect(await rows(page).first().textContent()).not.toBe(first);
});

test("a model says what it costs, for long prompts too, who serves it, and how it is called", async ({
  page,
  baseURL,
}) => {
  await page.goto("/models?q=gpt-5.4");
  await rows(page).getByRole("link", { name: "gpt-5.4", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "gpt-5.4" })).toBeVisible();
  const offers = page.getByRole("region", { name: /^Providers and prices/ });
  await expect(offers.getByRole("row").filter({ hasText: "OpenAI" }).first()).toContainText("$2.50");
  await expect(offers.getByRole("row").filter({ hasText: "Prompts over 272K tokens" }).first()).toContainText("$5.00");
  await expect(page.getByRole("tabpanel", { name: "curl" })).toContainText(`${baseURL}/api/v1/chat/completions`);
  await page.goto("/models/openai/no-such-model");
  await expect(page.getByText("There is nothing at this address")).toBeVisible();
});

test("a project sees which models it may call, and why it may not call the others", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(`${project}/models/openai/gpt-4o`);
  await expect(page.getByText("This project cannot call it")).toBeVisible();
  await expect(page.getByText(/^No API key set for provider: openai/)).toBeVisible();

  await page.goto(`${project}/models`);
  await page.getByRole("checkbox", { name: "Callable in this project" }).click();
  await expect(page).toHaveURL(/callable=true/);
  await expect(rows(page)).toHaveCount(2);
  await rows(page).getByRole("link", { name: "echo" }).click();
  await page.getByRole("link", { name: "Try it" }).click();
  await expect(page.getByRole("button", { name: "Model: echo" })).toBeVisible();

  await page.goto(`${project}/providers`);
  await page.getByRole("button", { name: "Add provider key" }).click();
  await page.getByRole("dialog").getByLabel("Key").fill("sk-e2e-0000000000000000wxyz");
  await page.getByRole("dialog").getByRole("button", { name: "Add provider key" }).click();
  // Whether OpenAI refuses this key or cannot be reached from here, it is asked for once more.
  await page.getByRole("dialog").getByRole("button", { name: "Keep it all the same" }).click();
  await expect(page.getByText("…wxyz")).toBeVisible();
  await page.goto(`${project}/models/openai/gpt-4o`);
  await expect(page.getByRole("row").filter({ hasText: "OpenAI" }).getByText("Callable")).toBeVisible();
  await expect(page.getByText("This project cannot call it")).toBeHidden();
});
