import { expect } from "@playwright/test";
import { enter, test } from "./accounts";

test("the books agree, a month has its statement, and a spend limit that is set stays", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(project);
  await page.getByRole("link", { name: "Books" }).click();
  await expect(page.getByRole("heading", { name: "Books", level: 1 })).toBeVisible();
  await expect(page.getByText("agrees", { exact: true }).filter({ visible: true })).toHaveCount(8);
  await page.getByRole("link", { name: "Monthly statement" }).click();
  await expect(page.getByText("not final")).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "Welcome test credits" })).toContainText("$5.00");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  expect((await download).suggestedFilename()).toMatch(/^statement-\d{4}-\d\d\.csv$/);
  await page.goto(`${project}/books/statement?month=2024-02`);
  await expect(page.getByText("Nothing moved the balance in this month.")).toBeVisible();

  await page.goto(`${project}/settings`);
  const form = page.getByRole("form", { name: /^Spend limits of/ }).first();
  await form.getByLabel("Per day").fill("25");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^The spend limits of .* are set$/)).toBeVisible();
  await page.reload();
  await expect(form.getByLabel("Per day")).toHaveValue("25.00");
});
