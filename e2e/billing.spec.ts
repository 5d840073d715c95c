import { expect, type Page } from "@playwright/test";
import { enter, test } from "./accounts";
import { otherPage } from "./support";

/** For what a page finds out by itself: it looks every few seconds, and a busy machine may make it late. */
const LIVE = { timeout: 60_000 };

/** Opens the billing page and goes as far as the simulated checkout. */
async function goToCheckout(page: Page, project: string, amount: string): Promise<void> {
  await page.goto(`${project}/billing`);
  await page.getByLabel("Amount", { exact: true }).fill(amount);
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.waitForURL(/\/api\/stripe\/simulator\/checkout\//);
  await expect(page.getByText("No money moves")).toBeVisible();
}

test("credits are bought: the fee is shown before paying, and the balance grows by itself", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(project);
  await page.getByRole("link", { name: "Billing" }).click();
  await expect(page.getByText("Payments are simulated")).toBeVisible();
  await expect(page.getByTestId("balance")).toHaveText("$5.00");
  await expect(page.getByText("No top-ups yet")).toBeVisible();

  await page.getByRole("button", { name: "$100" }).click();
  await expect(page.getByTestId("total")).toHaveText("$105.00");
  await page.getByLabel("Amount", { exact: true }).fill("20");
  await expect(page.getByTestId("total")).toHaveText("$21.00");

  await goToCheckout(page, project, "20");
  await expect(page.getByText("$21.00", { exact: true })).toBeVisible();
  await page.getByLabel("Webhooks arrive").selectOption("late");
  await page.getByRole("button", { name: "Pay $21.00 by card" }).click();
  await page.waitForURL(/\/billing\?top_up=top_/);
  await expect(page.getByText("Waiting for the payment")).toBeVisible();
  await expect(page.getByTestId("balance")).toHaveText("$5.00");
  // Nobody reloads.
  await expect(page.getByText("$20.00 of credits were added.")).toBeVisible(LIVE);
  await expect(page.getByTestId("balance")).toHaveText("$25.00");
  await expect(page.getByRole("row").filter({ hasText: "Paid" })).toContainText("$20.00");
});

test("a receipt is one click away, and a refund shows on the open page", async ({ page }) => {
  const { project } = await enter(page);
  await goToCheckout(page, project, "10");
  await page.getByRole("button", { name: /^Pay \$10\.50/ }).click();
  const row = page.getByRole("row").filter({ hasText: "$10.00" });
  await expect(row).toContainText("Paid", LIVE);
  const [receipt] = await Promise.all([
    page.waitForEvent("popup"),
    row.getByRole("link", { name: /^Receipt/ }).click(),
  ]);
  await expect(receipt.getByRole("heading", { name: "Receipt" })).toBeVisible();
  await receipt.getByRole("button", { name: "Refund what is left" }).click();
  await expect(receipt.getByText("Refunded", { exact: true })).toBeVisible();
  await receipt.close();
  await expect(row).toContainText("Refunded", LIVE);
  await expect(page.getByTestId("balance")).toHaveText("$5.00");
});

test("a declined card can be followed by another try, and nothing is credited before", async ({ page }) => {
  const { project } = await enter(page);
  await goToCheckout(page, project, "5");
  await page.getByRole("button", { name: "Use a card that is declined" }).click();
  await expect(page.getByRole("alert")).toHaveText("Your card was declined.");
  await page.getByRole("button", { name: /^Pay \$5\.25/ }).click();
  await expect(page.getByText("$5.00 of credits were added.")).toBeVisible(LIVE);
  await expect(page.getByTestId("balance")).toHaveText("$10.00");
});

test("an amount out of bounds is said beside the field, and nothing is begun", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(`${project}/billing`);
  for (const amount of ["4.99", "5000.01", "twenty", "-5", "5.001", ""]) {
    await page.getByLabel("Amount", { exact: true }).fill(amount);
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await expect(page.getByText("Enter an amount from 5 to 5000 USD")).toBeVisible();
    await expect(page.getByTestId("total")).toHaveText("–");
  }
  await expect(page.getByText("No top-ups yet")).toBeVisible();
});

test("cards and invoices open at the payment service and lead back", async ({ page }) => {
  const { project } = await enter(page);
  await goToCheckout(page, project, "5");
  await page.getByLabel("Keep the card for later").selectOption("yes");
  await page.getByRole("button", { name: /^Pay \$5\.25/ }).click();
  await expect(page.getByText("$5.00 of credits were added.")).toBeVisible(LIVE);
  await page.getByRole("button", { name: "Cards and invoices" }).click();
  await page.waitForURL(/\/api\/stripe\/simulator\/portal\//);
  await page.getByRole("button", { name: "Remove visa ending in 4242" }).click();
  await expect(page.getByText("No card is kept.")).toBeVisible();
  await page.getByRole("link", { name: "Back to Turnpike" }).click();
  await page.waitForURL(`**${project}/billing`);
});

test("somebody else's receipt is not there", async ({ page, browser, baseURL }) => {
  const { project } = await enter(page);
  await goToCheckout(page, project, "5");
  await page.getByRole("button", { name: /^Pay \$5\.25/ }).click();
  await expect(page.getByText("$5.00 of credits were added.")).toBeVisible(LIVE);
  const address = await page.getByRole("link", { name: /^Receipt/ }).getAttribute("href");
  const stranger = await otherPage(browser, baseURL);
  const { project: theirs } = await enter(stranger);
  expect((await stranger.request.get(address ?? "")).status()).toBe(404);
  const swapped = (address ?? "").replace(project, theirs);
  expect((await stranger.request.get(swapped)).status()).toBe(404);
  await stranger.context().close();
});
