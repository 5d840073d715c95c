import { expect } from "@playwright/test";
import OpenAI from "openai";
import { enter, makeKey, test } from "./accounts";
import { client, createKey, keyRow, putAway, SECRET, signUp } from "./support";

/** For what a page finds out by itself: it looks every few seconds, and a busy machine may make it late. */
const LIVE = { timeout: 60_000 };
const MESSAGES = [{ role: "user" as const, content: "Hello from the journey!" }];

test("from signing up to a call, its cost, and a key switched off and on again", async ({ page, baseURL }) => {
  if (!baseURL) throw new Error("the tests need a running server");
  let project = "";
  let secret = "";

  await test.step("sign up from the landing page and land in a first project", async () => {
    await page.goto("/");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.getByRole("link", { name: "Create an account" }).first().click();
    await page.waitForURL("**/sign-up");
    project = await signUp(page);
    await expect(page.getByText("There are $5.00 of credits to call with,")).toBeVisible();
  });

  await test.step("choose the project's mode", async () => {
    await page.getByRole("link", { name: "Choose mode" }).click();
    await page.getByRole("radio", { name: "Credits", exact: true }).click();
    await expect(page.getByText("Mode: Credits")).toBeVisible();
    await page.reload();
    await expect(page.getByRole("radio", { name: "Credits", exact: true })).toBeChecked();
  });

  await test.step("create a key with a limit and an expiry, and see it", async () => {
    secret = await createKey(page, project, {
      name: "journey",
      limit: "2.50",
      reset: "Per day",
      expires: "In 30 days",
    });
  });

  await test.step("the dialog cannot be closed by accident", async () => {
    const dialog = page.getByRole("dialog", { name: "Your new key" });
    await page.keyboard.press("Escape");
    await page.mouse.click(5, 5);
    await expect(dialog).toBeVisible();
    await expect(dialog.getByRole("button", { name: "Done" })).toBeDisabled();
  });

  await test.step("copy it", async () => {
    await page.getByRole("button", { name: "Copy key" }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  });

  await test.step("the snippets hold the key and the address", async () => {
    for (const [language, address] of [
      ["curl", `${baseURL}/api/v1/chat/completions`],
      ["Python", `base_url="${baseURL}/api/v1"`],
      ["TypeScript", `baseURL: "${baseURL}/api/v1"`],
    ] as const) {
      await page.getByRole("tab", { name: language }).click();
      const snippet = page.getByRole("tabpanel", { name: language });
      await expect(snippet).toContainText(secret);
      await expect(snippet).toContainText(address);
    }
  });

  await test.step("send a test request from the dialog", async () => {
    await expect(page.getByText("Waiting for the first call with this key…")).toBeVisible();
    await page.getByRole("button", { name: "Send a test request" }).click();
    const answer = page.getByRole("status", { name: "Answer to the test request" });
    await expect(answer).toContainText("Hello from the dashboard!");
    await expect(answer).toContainText(/\d+ tokens in/);
    await expect(answer).toContainText(/\$0\.0*[1-9]/);
    await expect(page.getByText(/^The first call arrived: /)).toBeVisible(LIVE);
    await putAway(page);
  });

  await test.step("after that it can be read nowhere", async () => {
    for (const path of ["/keys", "", "/logs", "/settings"]) {
      await page.goto(`${project}${path}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      expect(await page.content()).not.toContain(secret);
    }
    await page.goto(`${project}/keys`);
    await expect(keyRow(page, "journey")).toContainText(`${secret.slice(0, 12)}…${secret.slice(-4)}`);
  });

  const usageBefore = await keyRow(page, "journey").getByRole("progressbar").getAttribute("aria-valuetext");
  let whole = "";
  let streamed = "";

  await test.step("call the gateway with the openai package, streamed and not", async () => {
    const openai = client(baseURL, secret);
    const { data: completion, response } = await openai.chat.completions
      .create({ model: "simulator/echo", messages: MESSAGES })
      .withResponse();
    expect(completion.choices[0]?.message.content).toContain("Hello from the journey!");
    expect(completion.usage?.prompt_tokens).toBeGreaterThan(0);
    whole = response.headers.get("x-generation-id") ?? "";

    const stream = await openai.chat.completions
      .create({ model: "simulator/echo", messages: MESSAGES, stream: true })
      .withResponse();
    streamed = stream.response.headers.get("x-generation-id") ?? "";
    let text = "";
    for await (const chunk of stream.data) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toContain("Hello from the journey!");
  });

  await test.step("the logs show both calls, with tokens and cost, without a reload", async () => {
    await page.goto(`${project}/logs?key=${await keyId()}`);
    const rows = page.getByRole("table").locator("tbody tr");
    await expect(rows).toHaveCount(3);
    for (const index of [0, 1]) {
      await expect(rows.nth(index)).toContainText("200");
      await expect(rows.nth(index)).toContainText("journey");
      await expect(rows.nth(index)).toContainText(/\$0\.0*[1-9]/);
    }
    await client(baseURL, secret).chat.completions.create({ model: "simulator/echo", messages: MESSAGES });
    await expect(rows).toHaveCount(4, LIVE);
  });

  await test.step("a line leads to the receipt", async () => {
    await page.goto(`${project}/logs/${whole}`);
    await expect(page.getByRole("heading", { name: "Receipt" })).toBeVisible();
    await expect(page.getByText("Set aside before the call")).toBeVisible();
    await expect(page.getByText("Served 200")).toBeVisible();
    await page.goto(`${project}/logs/${streamed}`);
    await expect(page.getByText("Streamed", { exact: true })).toBeVisible();
    await page.goto(`${project}/logs`);
    await page.getByRole("table").getByRole("link").first().click();
    await expect(page.getByRole("heading", { name: "Receipt" })).toBeVisible();
  });

  await test.step("the key's usage has grown", async () => {
    await page.goto(`${project}/keys`);
    const bar = keyRow(page, "journey").getByRole("progressbar");
    await expect(bar).not.toHaveAttribute("aria-valuetext", usageBefore ?? "");
    await expect(bar).toHaveAttribute("aria-valuetext", /^\$0\.0*[1-9]\d* used and \$0\.00 held of \$2\.50$/);
    await page.goto(project);
    await expect(page.getByText("4 requests").first()).toBeVisible();
  });

  await test.step("disabled, the very next call is refused; enabled, it is served", async () => {
    await page.goto(`${project}/keys`);
    const openai = client(baseURL, secret);
    const call = () => openai.chat.completions.create({ model: "simulator/echo", messages: MESSAGES });
    const row = keyRow(page, "journey");
    const toggle = row.getByRole("switch", { name: "journey is enabled" });

    await toggle.click();
    await expect(page.getByText("“journey” is disabled")).toBeVisible();
    const refusal = await call().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(refusal).toMatchObject({ status: 401 });
    expect(String(refusal)).toContain(
      "Unauthorized: Invalid Turnpike API token. Please make sure the token is not deleted or disabled. Go to the Turnpike 'API Keys' page to generate a new token.",
    );
    await expect(row).toContainText("Disabled");

    await toggle.click();
    await expect(page.getByText("“journey” is enabled")).toBeVisible();
    expect((await call()).choices[0]?.message.content).toContain("Hello from the journey!");
  });

  /** From the menu of the key, which leads to its own logs. */
  async function keyId(): Promise<string> {
    await page.goto(`${project}/keys`);
    await page.getByRole("button", { name: "Actions for journey" }).click();
    const href = await page.getByRole("menuitem", { name: "View logs" }).getAttribute("href");
    await page.keyboard.press("Escape");
    return new URLSearchParams(href?.split("?")[1]).get("key") ?? "";
  }
});

test("the first steps see the first request by themselves", async ({ page, baseURL }) => {
  const account = await enter(page);
  const { project } = account;
  const secret = await makeKey(account, "first");
  await page.goto(project);
  await expect(page.getByText("Waiting for your first request…")).toBeVisible();
  await client(baseURL ?? "", secret).chat.completions.create({ model: "simulator/echo", messages: MESSAGES });
  await expect(page.getByText("It arrived.")).toBeVisible(LIVE);
  await page.getByRole("link", { name: "Set a limit" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit key" });
  await dialog.getByLabel("Spend limit").fill("3");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("of $3.00")).toBeVisible();
});

test("a refusal explains itself on its receipt", async ({ page, baseURL }) => {
  const account = await enter(page);
  const { project } = account;
  const secret = await makeKey(account, "tight", { limit: "0.000001", reset: "daily" });
  const call = client(baseURL ?? "", secret).chat.completions.create({ model: "simulator/echo", messages: MESSAGES });
  await expect(call).rejects.toMatchObject({ status: 401, code: "key_limit_reached" });
  await page.goto(`${project}/logs?status=error`);
  await page.getByRole("row").filter({ hasText: "key_limit_reached" }).getByRole("link").click();
  await expect(page.getByText("The key's spend limit has no room for this call")).toBeVisible();
  await expect(page.getByText(/^Limit of \$0\.000001 reached: used \$0\.00, held \$0\.00.+00:00 UTC\.$/)).toBeVisible();
  await expect(page.getByRole("link", { name: "Change the limit" })).toBeVisible();
});

test("a test key is answered whatever the model, and never charged", async ({ page, baseURL }) => {
  const { project } = await enter(page);
  const secret = await createKey(page, project, { name: "trial", environment: "Test" });
  expect(secret).toMatch(/^tp_test_/);
  await putAway(page);
  const { response } = await client(baseURL ?? "", secret)
    .chat.completions.create({ model: "gpt-4o", messages: MESSAGES })
    .withResponse();
  // A receipt is there a moment after the answer.
  await expect(async () => {
    await page.goto(`${project}/logs/${response.headers.get("x-generation-id")}`);
    await expect(page.getByText("calls with a test key are never charged")).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await page.goto(project);
  await expect(page.getByText("Credits available").locator("..")).toContainText("$5.00");
});

test("rotating shows a new secret once, and ends the old one as chosen", async ({ page, baseURL }) => {
  const account = await enter(page);
  const old = await makeKey(account, "rotated");
  await page.goto(`${account.project}/keys`);
  await page.getByRole("button", { name: "Actions for rotated" }).click();
  await page.getByRole("menuitem", { name: "Rotate…" }).click();
  await page.getByRole("radio", { name: "At once" }).click();
  await page.getByRole("button", { name: "Rotate key" }).click();
  const fresh = (await page.getByRole("dialog", { name: "New secret" }).getByTestId("secret").textContent()) ?? "";
  expect(fresh).toMatch(SECRET);
  expect(fresh).not.toBe(old);
  const call = (key: string) =>
    client(baseURL ?? "", key).chat.completions.create({ model: "simulator/echo", messages: MESSAGES });
  await expect(call(old)).rejects.toMatchObject({ status: 401 });
  await call(fresh);
  await putAway(page);
});

test("deleting asks for the name, and is for good", async ({ page, baseURL }) => {
  const account = await enter(page);
  const secret = await makeKey(account, "doomed");
  await page.goto(`${account.project}/keys`);
  await page.getByRole("button", { name: "Actions for doomed" }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  const dialog = page.getByRole("alertdialog");
  await expect(dialog.getByRole("button", { name: "Delete key" })).toBeDisabled();
  await dialog.getByLabel(/to confirm/).fill("doomed");
  await dialog.getByRole("button", { name: "Delete key" }).click();
  await expect(page.getByText("No keys yet")).toBeVisible();
  await expect(
    client(baseURL ?? "", secret).chat.completions.create({ model: "simulator/echo", messages: MESSAGES }),
  ).rejects.toMatchObject({ status: 401 });
});
