/**
 * Saves pictures of every page, light, dark and on a phone, from a server that is running:
 *
 *   node scripts/run.mjs e2e/shots.ts --url http://localhost:3000 [--out shots]
 *
 * Makes an account of its own there, with keys, calls and refusals. The folder is ignored by git. With --readme it saves
 * the few of README instead, into docs/screenshots, from an account that `npm run seed:big` has made (--email, --password).
 */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { type BrowserContext, chromium, type Page } from "@playwright/test";
import { client, createKey, invite, keyRow, newEmail, PASSWORD, putAway, signIn, signUp } from "./support";

const SIZES = {
  wide: { width: 1440, height: 900 },
  middle: { width: 1024, height: 768 },
  phone: { width: 375, height: 760 },
} as const;
const VIEWS = [
  { name: "light", theme: "light", size: "wide" },
  { name: "dark", theme: "dark", size: "wide" },
  { name: "1024", theme: "light", size: "middle" },
  { name: "phone", theme: "light", size: "phone" },
  { name: "phone-dark", theme: "dark", size: "phone" },
] as const;

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://localhost:3000" },
    out: { type: "string", default: "shots" },
    readme: { type: "boolean", default: false },
    email: { type: "string", default: "" },
    password: { type: "string", default: "" },
  },
});
const out = path.resolve(values.readme ? path.join("docs", "screenshots") : values.out);

/** One page in every view; what is open on it stays open. */
async function shoot(page: Page, name: string, fullPage = true): Promise<void> {
  for (const view of VIEWS) {
    await page.emulateMedia({ colorScheme: view.theme, reducedMotion: "reduce" });
    await page.setViewportSize(SIZES[view.size]);
    await page.waitForTimeout(250);
    await page.screenshot({ path: path.join(out, `${name}.${view.name}.png`), fullPage });
  }
  await page.setViewportSize(SIZES.wide);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
}

async function publicPages(page: Page): Promise<void> {
  for (const [name, address] of [
    ["landing", "/"],
    ["public-models", "/models"],
    ["public-model", "/models/openai/gpt-5.4"],
    ["docs", "/docs"],
    ["docs-api", "/docs/api"],
    ["docs-api-keys", "/docs/api/keys"],
    ["sign-in", "/sign-in"],
    ["sign-up", "/sign-up"],
    ["forgot-password", "/forgot-password"],
    ["reset-link-over", "/reset-password?token=used"],
    ["invite-over", "/invite?token=unknown"],
    ["confirm-link-over", "/confirm-email?token=used"],
    ["not-found", "/nothing-here"],
  ] as const) {
    await page.goto(address);
    await shoot(page, name);
  }
}

/** Calls that leave something to look at: long and short, streamed, slow, failed, refused, from two keys and a test key. */
async function makeTraffic(page: Page, project: string): Promise<{ served: string; refused: string }> {
  const daily = await createKey(page, project, { name: "checkout-assistant", limit: "0.25", reset: "Per day" });
  await page.getByRole("button", { name: "Send a test request" }).click();
  await page.getByRole("status", { name: "Answer to the test request" }).getByText("tokens in").waitFor();
  await shoot(page, "secret", false);
  await putAway(page);
  const tight = await createKey(page, project, { name: "nightly-summaries", limit: "0.0002", reset: "Per month" });
  await putAway(page);
  const trial = await createKey(page, project, { name: "ci", environment: "Test", expires: "In 30 days" });
  await putAway(page);
  await createKey(page, project, { name: "intern-laptop", limit: "10" });
  await putAway(page);

  const call = async (key: string, text: string, model = "simulator/echo", stream = false) => {
    const { chat } = client(values.url, key);
    const answer = await chat.completions
      .create({ model, stream, messages: [{ role: "user", content: text }] })
      .withResponse()
      .catch(() => null);
    if (answer?.response.body && stream) await new Response(answer.response.body).text().catch(() => "");
    return answer?.response.headers.get("x-generation-id") ?? "";
  };
  await call(trial, "Hello from a test", "gpt-4o");
  for (let index = 0; index < 6; index += 1) await call(daily, `Write a summary [[tokens:${400 * (index + 1)}]]`);
  await call(daily, "Take your time [[delay:700]] [[gap:8]] [[tokens:60]]", "simulator/echo", true);
  await call(daily, "Fail [[status:503]]");
  await call(daily, "Which model?", "gpt-5o-mini");
  for (let index = 0; index < 4; index += 1) await call(tight, "Summarise [[tokens:120]]");
  const served = await call(daily, "The one on the picture [[tokens:900]]");
  await page.goto(`${project}/logs?status=error`);
  const link = page.getByRole("row").filter({ hasText: "key_limit_reached" }).getByRole("link").first();
  const refused = (await link.getAttribute("href").catch(() => null))?.split("/").at(-1) ?? "";
  return { served, refused };
}

/** Somebody invited, their invitation as they see it, and the dialogs about members. */
async function people(page: Page, project: string): Promise<void> {
  const link = await invite(page, project, newEmail(), "Developer");
  await shoot(page, "invite-link", false);
  await page.getByRole("button", { name: "Done" }).click();
  const guest = await page.context().browser()?.newPage({ baseURL: values.url, viewport: SIZES.wide });
  if (!guest) throw new Error("no browser");
  await guest.goto(link);
  await shoot(guest, "invite");
  await guest.getByLabel("Name").fill("Grace Hopper");
  await guest.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await guest.getByRole("button", { name: "Create account and join" }).click();
  await guest.waitForURL(/\/dashboard\/prj_/);
  await createKey(guest, project, { name: "grace-laptop" });
  await guest.close();
  await invite(page, project, newEmail(), "Viewer");
  await page.getByRole("button", { name: "Done" }).click();
  await page.goto(`${project}/members`);
  await shoot(page, "members-several");
  for (const [name, item] of [
    ["change-role", "Change role…"],
    ["remove-member", "Remove…"],
  ] as const) {
    await page.getByRole("button", { name: "Actions for Grace Hopper" }).click();
    await page.getByRole("menuitem", { name: item }).click();
    await shoot(page, name, false);
    await page.keyboard.press("Escape");
  }
  await page.getByRole("link", { name: /^Rules of Grace Hopper/ }).click();
  await page.getByRole("heading", { name: "Rules of Grace Hopper" }).waitFor();
  await shoot(page, "member-rules");
}

/** Credits bought, refused and refunded. */
async function topUps(page: Page, project: string): Promise<void> {
  const checkout = async (amount: string) => {
    await page.goto(`${project}/billing`);
    await page.getByLabel("Amount", { exact: true }).fill(amount);
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await page.getByText("No money moves").waitFor();
  };
  await checkout("40");
  await page.getByRole("button", { name: "Let the checkout expire" }).click();
  await checkout("100");
  await page.getByRole("button", { name: /^Pay/ }).first().click();
  await page.getByText("of credits were added").waitFor();
  await page.goto(
    (await page
      .getByRole("link", { name: /^Receipt/ })
      .first()
      .getAttribute("href")) ?? "",
  );
  await page.getByRole("button", { name: "Refund half" }).click();
  await page.getByText("Refunded", { exact: true }).waitFor();
  await shoot(page, "simulated-receipt");
  await checkout("25");
  await shoot(page, "simulated-checkout");
  await page.getByRole("button", { name: /^Pay/ }).first().click();
  await page.getByText("of credits were added").waitFor();
  await shoot(page, "billing");
}

/** The page of a key, with rules that are not saved, and the project's rules. */
async function keyPages(page: Page, project: string): Promise<void> {
  await page.goto(`${project}/keys`);
  await page.getByRole("link", { name: "checkout-assistant" }).click();
  await page.getByRole("heading", { name: "History" }).waitFor();
  await shoot(page, "key");
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByRole("combobox", { name: "Models of rule 1" }).fill("gpt-5*");
  await page.keyboard.press("Enter");
  await page.getByText("models would be left").waitFor();
  await shoot(page, "key-rules");
  await page.getByRole("button", { name: "Discard" }).click();
  await page.goto(`${project}/settings/rules`);
  await page.getByText("models are left").waitFor();
  await shoot(page, "project-rules");
}

async function dashboard(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  const project = await signUp(page);
  await shoot(page, "overview-empty");
  for (const name of ["keys", "logs", "usage", "playground", "providers", "billing"] as const) {
    await page.goto(`${project}/${name}`);
    await shoot(page, `${name}-empty`);
  }
  await page.goto(`${project}/keys?create=true`);
  await page.getByRole("dialog").waitFor();
  await shoot(page, "create-key", false);

  const { served, refused } = await makeTraffic(page, project);
  await keyPages(page, project);
  await page.goto(`${project}/keys`);
  await keyRow(page, "intern-laptop").getByRole("switch").click();
  await page.waitForTimeout(5_500);
  await shoot(page, "keys");
  await page.getByRole("button", { name: "Actions for checkout-assistant" }).click();
  await page.getByRole("menuitem", { name: "Rotate…" }).click();
  await shoot(page, "rotate-key", false);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Actions for checkout-assistant" }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await shoot(page, "delete-key", false);
  await page.keyboard.press("Escape");

  for (const [name, address] of [
    ["overview", ""],
    ["logs", "/logs"],
    ["receipt", `/logs/${served}`],
    ["receipt-refused", `/logs/${refused}`],
    ["audit", "/audit"],
    ["usage", "/usage"],
    ["usage-by-key", "/usage?by=key&measure=tokens&range=24h"],
    ["models", "/models?q=gpt"],
    ["model", "/models/openai/gpt-5.4"],
    ["members", "/members"],
    ["account", "/account"],
    ["books", "/books"],
    ["statement", "/books/statement"],
    ["settings", "/settings"],
    ["end-users", "/end-users"],
    ["budgets", "/end-users?tab=budgets"],
  ] as const) {
    await page.goto(`${project}${address}`);
    await page.waitForTimeout(600);
    await shoot(page, name);
  }
  await page
    .getByRole("button", { name: /^Alerts/ })
    .first()
    .click();
  await page.getByRole("dialog", { name: "Alerts" }).waitFor();
  await shoot(page, "alerts", false);
  await page.goto(`${project}/playground?model=simulator/echo`);
  await page.getByRole("switch", { name: "Compare two models" }).click();
  await page.getByLabel("Message").fill("Write a summary [[tokens:90]]");
  await page.getByRole("button", { name: "Send" }).click();
  await page
    .getByText(/tokens in, /)
    .nth(1)
    .waitFor();
  await shoot(page, "playground");
  await page.getByRole("button", { name: "Copy as code" }).first().click();
  await shoot(page, "playground-code", false);
  await page.keyboard.press("Escape");
  await people(page, project);
  await topUps(page, project);
  await page.goto(`${project}/providers`);
  await page.getByRole("button", { name: "Add provider key" }).click();
  await shoot(page, "add-provider-key", false);
  await page.getByRole("dialog").getByLabel("Key").fill("sk-shots-000000000000000000k3Xw");
  await page.getByRole("dialog").getByRole("button", { name: "Add provider key" }).click();
  await page.getByText("…k3Xw").waitFor();
  await shoot(page, "providers");
  await page.keyboard.press("Control+k");
  await shoot(page, "palette", false);
  await page.keyboard.press("Escape");
  await page.setViewportSize(SIZES.phone);
  await page.getByRole("button", { name: "Open navigation" }).click();
  await page.getByRole("dialog", { name: "Navigation" }).waitFor();
  await page.screenshot({ path: path.join(out, "drawer.phone.png") });
}

/** README's pictures: small files, of pages with something on them. */
async function readmePictures(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto("/sign-in");
  await signIn(page, values.email, values.password);
  await page.waitForURL(/\/dashboard\/prj_\w+$/);
  const project = new URL(page.url()).pathname;
  await page.getByRole("button", { name: "Hide these steps" }).click();
  for (const { name, address, theme } of [
    { name: "overview", address: "?range=90d", theme: "light" },
    { name: "usage", address: "/usage?range=90d", theme: "dark" },
    { name: "receipt", address: "/logs?status=ok", theme: "light" },
  ] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.goto(`${project}${address}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    if (name === "receipt") {
      await page.locator('main a[href*="/logs/gen_"]').first().click();
      await page.getByRole("heading", { name: "Receipt" }).waitFor();
    }
    if (name === "overview" || name === "usage") await page.locator("svg.recharts-surface").first().waitFor();
    await page.waitForTimeout(500);
    await page.screenshot({ path: path.join(out, `${name}.jpg`), type: "jpeg", quality: 78 });
  }
}

await mkdir(out, { recursive: true });
const browser = await chromium.launch({
  ...(process.env.CHROMIUM_PATH ? { executablePath: process.env.CHROMIUM_PATH } : {}),
  args: ["--disable-background-networking", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
});
try {
  const viewport = values.readme ? { width: 1280, height: 800 } : SIZES.wide;
  const context = await browser.newContext({ baseURL: values.url, viewport, reducedMotion: "reduce" });
  context.setDefaultTimeout(60_000);
  if (values.readme) await readmePictures(context);
  else {
    await publicPages(await context.newPage());
    await dashboard(context);
  }
  console.log(`Pictures are in ${out}`);
} finally {
  await browser.close();
}
