import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { client, createKey, putAway, signUp } from "./support";

const PHONE = { width: 375, height: 760 };

/** Of axe's rules, those about colours: all that a theme changes, and most of the time that axe takes. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** What axe calls serious or critical on the page as it stands, by all its rules, by those about colours, or by the others. */
async function findings(page: Page, rules: "all" | "colours" | "no colours" = "all"): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  if (rules === "colours") axe.withRules(COLOUR_RULES);
  if (rules === "no colours") axe.disableRules(COLOUR_RULES);
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")} ${failureSummary}`),
    );
}

/** How far the page can be scrolled sideways, in pixels. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Checks the page in both themes at its usual width, and for sideways scrolling on a phone. */
async function check(page: Page, what: string): Promise<void> {
  const usual = page.viewportSize();
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  expect.soft(await findings(page, "colours"), `${what}, dark`).toEqual([]);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  expect.soft(await findings(page), `${what}, light`).toEqual([]);
  await page.setViewportSize(PHONE);
  // A chart follows its place's width a moment later.
  await expect.soft.poll(() => overflow(page), `${what} at ${PHONE.width} px`).toBe(0);
  expect.soft(await findings(page, "no colours"), `${what} at ${PHONE.width} px`).toEqual([]);
  if (usual) await page.setViewportSize(usual);
}

// Each signs up somebody of its own, so they need not wait for one another.
test.describe.configure({ mode: "parallel" });

test("public pages: nothing serious for axe in light and dark, no sideways scroll on a phone", async ({ page }) => {
  test.setTimeout(180_000);
  for (const path of ["/", "/models", "/models/openai/gpt-5.4", "/docs", "/sign-in", "/sign-up", "/nothing-here"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await check(page, path);
  }
  await page.goto("/sign-up");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByLabel("E-mail")).toHaveAttribute("aria-invalid", "true");
  await check(page, "/sign-up with errors");
});

test("usage, models and the playground: the same", async ({ page, baseURL }) => {
  test.setTimeout(180_000);
  const project = await signUp(page);
  for (const path of ["/usage", "/usage?range=own", "/models?q=gpt", "/models/openai/gpt-5.4", "/playground"]) {
    await page.goto(`${project}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await check(page, `${path} when empty`);
  }
  const secret = await createKey(page, project, { name: "a key with quite a long name" });
  await putAway(page);
  const messages = [{ role: "user" as const, content: "Hello!" }];
  await client(baseURL ?? "", secret).chat.completions.create({ model: "simulator/echo", messages });
  await expect(async () => {
    await page.goto(`${project}/usage?by=key`);
    await expect(page.getByRole("table")).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await expect(page.locator("svg.recharts-surface")).toBeVisible();
  await check(page, "/usage when full");

  await page.goto(`${project}/playground?model=simulator/echo`);
  await page.getByRole("switch", { name: "Compare two models" }).click();
  await page.getByLabel("Temperature").fill("0");
  await page.getByLabel("Message").fill("Hello!");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByText(/tokens in, /)).toHaveCount(2);
  await page.getByLabel("Temperature").fill("warm");
  await check(page, "/playground when full");
  await page.getByRole("button", { name: /^Model 1/ }).click();
  await expect(page.getByPlaceholder("Search models")).toBeFocused();
  await check(page, "the choice of a model");
  await page.keyboard.press("Escape");
  await page.getByLabel("Temperature").fill("");
  await page.getByRole("button", { name: "Copy as code" }).first().click();
  await expect(page.getByRole("dialog", { name: "The same call as code" })).toBeVisible();
  await check(page, "a call as code");
});

test("the dashboard, empty and full: the same", async ({ page, baseURL }) => {
  test.setTimeout(180_000);
  const project = await signUp(page);
  for (const path of ["", "/keys", "/logs", "/providers", "/audit", "/billing", "/settings", "/logs/gen_unknown"]) {
    await page.goto(`${project}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await check(page, `${path || "/"} when empty`);
  }

  await page.goto(`${project}/keys`);
  await page.getByRole("button", { name: "Create key" }).first().click();
  await expect(page.getByRole("dialog", { name: "Create key" })).toBeVisible();
  await check(page, "the dialog that makes a key");
  await page.keyboard.press("Escape");

  const secret = await createKey(page, project, { name: "a key with quite a long name", limit: "1", reset: "Per day" });
  await page.getByRole("button", { name: "Send a test request" }).click();
  await expect(page.getByRole("status", { name: "Answer to the test request" })).toContainText("tokens in");
  await check(page, "the dialog that shows the secret");
  await putAway(page);

  const openai = client(baseURL ?? "", secret);
  const messages = [{ role: "user" as const, content: "Hello!" }];
  const { response } = await openai.chat.completions.create({ model: "simulator/echo", messages }).withResponse();
  const refused = await openai.chat.completions.create({ model: "no-such-model", messages }).catch(() => "refused");
  expect(refused).toBe("refused");
  for (const path of ["", "/keys", "/logs", `/logs/${response.headers.get("x-generation-id")}`]) {
    await page.goto(`${project}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await check(page, `${path || "/"} when full`);
  }

  await page.goto(`${project}/keys`);
  await page.getByRole("button", { name: /^Actions for/ }).click();
  await check(page, "the menu of a key");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Go to" })).toBeVisible();
  await check(page, "the palette");
  await page.keyboard.press("Escape");
  await page.setViewportSize(PHONE);
  await page.getByRole("button", { name: "Open navigation" }).click();
  await expect(page.getByRole("dialog", { name: "Navigation" })).toBeVisible();
  expect.soft(await findings(page), "the drawer").toEqual([]);
});
