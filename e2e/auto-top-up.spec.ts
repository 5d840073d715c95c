import { expect, type Page } from "@playwright/test";
import { enter, makeKey, test } from "./accounts";
import { client, fillAlive } from "./support";

/** For what a page finds out by itself: it looks every few seconds, and a busy machine may make it late. */
const LIVE = { timeout: 60_000 };

/** Has one of the simulator's cards kept, on its page. */
async function addCard(page: Page, project: string, card: string): Promise<void> {
  await page.goto(`${project}/billing`);
  await page.getByRole("button", { name: "Add a card" }).click();
  await page.waitForURL(/\/api\/stripe\/simulator\/checkout\//);
  await page.getByRole("button", { name: card }).click();
  await page.waitForURL(`**${project}/billing`);
}

async function turnOn(page: Page, threshold: string): Promise<void> {
  await expect(page.getByRole("combobox", { name: "Card" })).toContainText("Visa ending in");
  await fillAlive(page.getByLabel("When the balance falls below"), threshold);
  await page.getByLabel("Add credits of").fill("20");
  await page.getByLabel("Charge at most per month").fill("100");
  await page.getByRole("button", { name: "Turn on" }).click();
}

const state = (page: Page) => page.getByTestId("auto-top-up-state");

test("credits come by themselves when a call takes the balance below the threshold", async ({ page, baseURL }) => {
  const account = await enter(page);
  const { project } = account;
  const secret = await makeKey(account, "spends");
  await addCard(page, project, "Keep a card that is good");
  // All of the welcome credits: the first call takes the balance below that.
  await turnOn(page, "5");
  await expect(state(page)).toHaveText("On");
  await expect(page.getByTestId("balance")).toHaveText("$5.00");
  await client(baseURL ?? "", secret).chat.completions.create({
    model: "simulator/echo",
    messages: [{ role: "user", content: "Hi" }],
  });
  // Nobody reloads.
  const row = page.getByRole("row").filter({ hasText: "automatic" });
  await expect(row).toContainText("Paid", LIVE);
  await expect(row).toContainText("$20.00");
  // The call took less than a cent of it.
  await expect(page.getByTestId("balance")).toHaveText(/^\$(?:24\.99|25\.00)/);
  await expect(page.getByText(/\$21\.00 charged so far/)).toBeVisible(LIVE);

  await page.getByRole("button", { name: "Turn off" }).click();
  await expect(state(page)).toHaveText("Off");
});

test("a card that is declined is said on the page, and one whose bank asks can be confirmed", async ({ page }) => {
  const { project } = await enter(page);
  await addCard(page, project, "Keep a card that is declined later");
  await turnOn(page, "10");
  await expect(page.getByText("The last automatic top-up failed")).toBeVisible(LIVE);
  await expect(page.getByText("Your card was declined. The next attempt is made")).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "Failed" })).toContainText("Your card was declined.", LIVE);

  await addCard(page, project, "Keep a card whose bank asks later");
  await page.getByRole("combobox", { name: "Card" }).click();
  await page.getByRole("option", { name: "Visa ending in 3184" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("An automatic top-up of $21.00 has to be confirmed")).toBeVisible(LIVE);
  await page.getByRole("button", { name: "Confirm the payment" }).click();
  await page.waitForURL(/\/api\/stripe\/simulator\/bank\//);
  await page.getByRole("button", { name: "Yes, pay" }).click();
  await expect(page.getByText("$20.00 of credits were added.")).toBeVisible(LIVE);
  await expect(page.getByTestId("balance")).toHaveText("$25.00");
  await expect(state(page)).toHaveText("On", LIVE);
});

test("it cannot be turned on without a card, nor with a ceiling below one top-up", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(`${project}/billing`);
  await expect(page.getByText("No card is saved yet.")).toBeVisible();
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByText("Choose a card")).toBeVisible();
  await addCard(page, project, "Keep a card that is good");
  await expect(page.getByRole("combobox", { name: "Card" })).toContainText("Visa ending in 4242");
  await page.getByLabel("Charge at most per month").fill("26");
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByText("At least $26.25, which one top-up costs with its fee")).toBeVisible();
  await expect(state(page)).toHaveText("Off");
});
