/*
 * What tests do on the pages as people do it: signing up, making a key in its dialog, inviting. For tests that are about
 * that, and for journeys. A test that only needs somebody with a key takes `enter` and `makeKey` of `accounts.ts`, which
 * open no page; `test` comes from there too.
 */
import { randomUUID } from "node:crypto";
import { type Browser, expect, type Locator, type Page } from "@playwright/test";
import OpenAI from "openai";
import pg from "pg";

export const PASSWORD = "a long enough password";
/** The tests' installation's own. */
export const MASTER_KEY = "e2e-master-key-of-more-than-32-characters";
const ANSWER_TIMEOUT_MS = 30_000;
export const SECRET = /^tp_(live|test)_[0-9A-Za-z]{38}$/;

/** An address that no other test uses. */
export function newEmail(): string {
  return `e2e-${randomUUID()}@example.com`;
}

/** What people act on. */
const CONTROLS = 'body :is(a, button, form, input:not([type="hidden"]), textarea)';

/**
 * Waits until React has taken over the page that came from the server, where it is one of ours: before, a form knows
 * nothing of what is typed, and a shortcut nothing of what is pressed.
 */
async function untilHydrated(page: Page): Promise<void> {
  await page.waitForFunction((controls) => {
    if (!document.querySelector('script[src*="/_next/"]')) return true;
    const isTakenOver = (element: Element) => Object.keys(element).some((name) => name.startsWith("__reactProps"));
    return [...document.querySelectorAll(controls)].every(isTakenOver);
  }, CONTROLS);
  // What React still does to commit it comes before the browser is idle.
  await page.evaluate(() => new Promise<void>((resolve) => requestIdleCallback(() => resolve(), { timeout: 1_000 })));
}

/** The page, whose `goto` and `reload` also wait until React has taken it over. */
export function hydrated(page: Page): Page {
  const [goto, reload] = [page.goto.bind(page), page.reload.bind(page)];
  page.goto = async (...options) => {
    const response = await goto(...options);
    await untilHydrated(page);
    return response;
  };
  page.reload = async (...options) => {
    const response = await reload(...options);
    await untilHydrated(page);
    return response;
  };
  return page;
}

/** Fills a field of a page that was not opened by `goto` and may just be coming alive, such as one that a payment leads back to. */
export async function fillAlive(field: Locator, value: string): Promise<void> {
  await untilHydrated(field.page());
  await field.fill(value);
}

/** A page of somebody else, as another browser would have it. Close its context in the end. */
export async function otherPage(browser: Browser, baseURL: string | undefined): Promise<Page> {
  return hydrated(await (await browser.newContext({ ...(baseURL ? { baseURL } : {}) })).newPage());
}

/** Makes an account through the form, and resolves with the address of its first project. */
export async function signUp(page: Page, { email = newEmail(), name = "Ada Lovelace" } = {}): Promise<string> {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL(/\/dashboard\/prj_\w+$/);
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  return new URL(page.url()).pathname;
}

export interface KeyWishes {
  name: string;
  environment?: "Live" | "Test";
  /** USD, as typed. */
  limit?: string;
  /** As the list names it. */
  reset?: "In total" | "Per day" | "Per week" | "Per month";
  expires?: "Never" | "In 7 days" | "In 30 days" | "In 90 days";
}

/** Makes a key through the dialog, and resolves with its secret while that is still on screen. */
export async function createKey(page: Page, project: string, wishes: KeyWishes): Promise<string> {
  await page.goto(`${project}/keys`);
  await page.getByRole("button", { name: "Create key" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Create key" });
  await dialog.getByLabel("Name").fill(wishes.name);
  if (wishes.environment) await dialog.getByRole("radio", { name: wishes.environment }).click();
  if (wishes.limit) await dialog.getByLabel("Spend limit").fill(wishes.limit);
  if (wishes.reset) await choose(page, "Limit starts again", wishes.reset);
  if (wishes.expires) await choose(page, "Expires", wishes.expires);
  await dialog.getByRole("button", { name: "Create key" }).click();
  const secret = (await page.getByRole("dialog", { name: "Your new key" }).getByTestId("secret").textContent()) ?? "";
  expect(secret).toMatch(SECRET);
  return secret;
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole("dialog").getByRole("combobox", { name: label }).click();
  await page.getByRole("option", { name: option }).first().click();
}

/** Says that the secret is stored, and closes the dialog that shows it. */
export async function putAway(page: Page): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("I have stored it").check();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeHidden();
}

/** The official client, set up as the snippets say. A call that is not answered says so, long before its test is over. */
export function client(baseUrl: string, apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${baseUrl}/api/v1`, maxRetries: 0, timeout: ANSWER_TIMEOUT_MS });
}

/** The path of the link in the newest mail to an address: where there is no mail server, the outbox keeps it. */
export async function mailedLink(recipient: string): Promise<string> {
  const database = new pg.Client({ connectionString: process.env.E2E_DATABASE_URL });
  await database.connect();
  try {
    const { rows } = await database.query<{ text: string }>(
      "SELECT text FROM outgoing_mail WHERE recipient = $1 ORDER BY created_at DESC, id DESC LIMIT 1",
      [recipient],
    );
    const link = /https?:\/\/\S+/.exec(rows[0]?.text ?? "")?.[0];
    if (!link) throw new Error(`no mail with a link went to ${recipient}`);
    const { pathname, search } = new URL(link);
    return `${pathname}${search}`;
  } finally {
    await database.end();
  }
}

/** Signs in through the form, from the page that is open. */
export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Invites an address on the members page, and resolves with the path of the link while it is on screen. */
export async function invite(page: Page, project: string, email: string, role: string): Promise<string> {
  await page.goto(`${project}/members?invite=true`);
  const dialog = page.getByRole("dialog", { name: "Invite member" });
  await dialog.getByLabel("E-mail").fill(email);
  await choose(page, "Role", role);
  await dialog.getByRole("button", { name: "Make link" }).click();
  const link = await page.getByRole("dialog", { name: "Pass this link on" }).getByTestId("invite-link").textContent();
  const { pathname, search } = new URL(link ?? "");
  return `${pathname}${search}`;
}

/** The line of the table of keys that is about this key. */
export function keyRow(page: Page, name: string) {
  return page.getByRole("row").filter({ hasText: name });
}
