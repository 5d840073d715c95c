import { readFile } from "node:fs/promises";
import { expect, type Page } from "@playwright/test";
import { APIError } from "openai";
import { formatUsd, parseUsd, usd } from "@/lib/core/money";
import { adjustCredits } from "@/lib/ledger/adjust-credits";
import { enter, makeKey, test } from "./accounts";
import { client, otherPage } from "./support";

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

test("credits are bought, spent to the last, refused with a 402 that the pages explain, and refunded", async ({
  page,
  baseURL,
}) => {
  const account = await enter(page);
  const { project, organizationId } = account;
  const secret = await makeKey(account, "spends");
  await page.goto(`${project}/settings`);
  await page.getByRole("radio", { name: "Credits", exact: true }).click();
  await expect(page.getByText("Mode: Credits")).toBeVisible();
  await goToCheckout(page, project, "5");
  await page.getByRole("button", { name: /^Pay \$5\.25/ }).click();
  await expect(page.getByText("$5.00 of credits were added.")).toBeVisible(LIVE);
  await expect(page.getByTestId("balance")).toHaveText("$10.00");

  // The simulator is cheap: all but a few answers' worth is taken away by whoever runs the installation.
  const taken = usd(parseUsd("10") - parseUsd("0.02"));
  await adjustCredits({ organizationId, amount: usd(-taken), reason: "Taken for a test", actor: { system: true } });
  const call = () =>
    client(baseURL ?? "", secret).chat.completions.create({
      model: "simulator/echo",
      messages: [{ role: "user", content: "As much as there is [[tokens:16384]]" }],
    });
  let refusal: unknown;
  let served = 0;
  while (refusal === undefined && served < 10)
    await call().then(
      () => {
        served += 1;
      },
      (error: unknown) => {
        refusal = error;
      },
    );
  expect(served).toBeGreaterThan(1);
  if (!(refusal instanceof APIError)) throw new Error(`the credits never ran out: ${refusal}`);
  expect([refusal.status, refusal.code]).toEqual([402, "insufficient_credits"]);
  expect(refusal.message).toContain("credits");

  await page.goto(`${project}/logs?status=error`);
  await page.getByRole("row").filter({ hasText: "insufficient_credits" }).getByRole("link").first().click();
  await expect(page.getByText("The organisation's credits do not cover this call")).toBeVisible();
  await expect(page.getByText(/of credits are left\. This call may need up to \$0\.0/)).toBeVisible();
  await page.getByRole("link", { name: "Add credits" }).click();
  await expect(page.getByText("The credits are used up", { exact: true })).toBeVisible();
  await expect(page.getByText("are answered with 402 until you add more")).toBeVisible();
  // Told in the bell too, by itself.
  await page
    .getByRole("button", { name: /^Alerts, \d+ unread/ })
    .first()
    .click(LIVE);
  await expect(page.getByRole("dialog", { name: "Alerts" }).getByText(/^The credits of .* are used up$/)).toBeVisible();
  await page.keyboard.press("Escape");

  const row = page.getByRole("row").filter({ hasText: "$5.00" });
  const [receipt] = await Promise.all([
    page.waitForEvent("popup"),
    row.getByRole("link", { name: /^Receipt/ }).click(),
  ]);
  await receipt.getByRole("button", { name: "Refund what is left" }).click();
  await expect(receipt.getByText("Refunded", { exact: true })).toBeVisible();
  await receipt.close();
  await expect(row).toContainText("Refunded", LIVE);
  await expect(page.getByTestId("balance")).toHaveText(/^−\$[45]\./);
  await expect(page.getByText("Calls that credits pay for are refused")).toBeVisible();
  await expect(call()).rejects.toMatchObject({ status: 402 });
  await page.goto(`${project}/books`);
  await expect(page.getByText("agrees", { exact: true }).filter({ visible: true })).toHaveCount(8);
  await expect(page.getByRole("row").filter({ hasText: "Taken for a test" }).first()).toContainText(formatUsd(taken));
});

test("the invoice of a top-up can be downloaded", async ({ page, browser, baseURL }) => {
  const { project } = await enter(page);
  await goToCheckout(page, project, "10");
  await page.getByRole("button", { name: /^Pay \$10\.50/ }).click();
  await expect(page.getByText("$10.00 of credits were added.")).toBeVisible(LIVE);
  const link = page.getByRole("link", { name: /^Invoice of .* as PDF$/ });
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  expect(download.suggestedFilename()).toMatch(/^invoice-\d{4}-\d\d-\d\d\.pdf$/);
  const text = await readFile(await download.path(), "latin1");
  expect(text.startsWith("%PDF-")).toBe(true);
  for (const words of ["Turnpike credits: $10.00", "Fee: $0.50", "Total: $10.50"]) expect(text).toContain(words);
  const stranger = await otherPage(browser, baseURL);
  await enter(stranger);
  expect((await stranger.request.get((await link.getAttribute("href")) ?? "")).status()).toBe(404);
  await stranger.context().close();
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
