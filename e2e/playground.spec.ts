import { expect } from "@playwright/test";
import { enter, makeKey, test } from "./accounts";

test("a model answers in the playground, streamed, with its cost, and leaves a receipt", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(`${project}/playground?model=simulator/echo`);
  await expect(page.getByRole("button", { name: "Model: echo" })).toBeVisible();
  await page.getByLabel("Message").fill("Hello from the playground!");
  await page.getByLabel("Message").press("Enter");
  const answers = page.getByRole("region", { name: "Answers of echo" });
  await expect(answers.getByText(/\d+ tokens in, \d+ out/)).toBeVisible();
  await expect(answers.getByText(/^\$0\.0*[1-9]\d*$/)).toBeVisible();
  await expect(answers.getByText(/^first word/)).toBeVisible();
  const receipt = await answers.getByRole("link", { name: "Receipt" }).getAttribute("href");

  await page.goto(receipt ?? "");
  await expect(page.getByRole("heading", { name: "Receipt" })).toBeVisible();
  await expect(page.getByText("Playground (Ada Lovelace)").first()).toBeVisible();
  await page.goto(`${project}/keys`);
  await expect(page.getByText("No keys yet")).toBeVisible();
});

test("two models answer side by side, each with its own conversation, also with a key of one's own", async ({
  page,
}) => {
  const account = await enter(page);
  const { project } = account;
  await page.goto(`${project}/playground?model=simulator/echo`);
  await page.getByRole("switch", { name: "Compare two models" }).click();
  await expect(page.getByRole("button", { name: "Model 2: echo" })).toBeVisible();
  await page.getByLabel("Message").fill("One for both [[tokens:30]]");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByText(/\d+ tokens in, \d+ out/)).toHaveCount(2);
  await page.getByRole("button", { name: "Start over" }).click();
  await expect(page.getByText("Nothing said yet")).toHaveCount(2);

  await page.getByRole("radio", { name: "A key" }).click();
  await page.getByLabel("Message").fill("With a key");
  await page.getByLabel("Key", { exact: true }).fill("tp_live_short");
  await expect(page.getByText("A key begins with tp_live_")).toBeVisible();
  await expect(page.getByRole("button", { name: "Send" })).toBeDisabled();
  await page.getByLabel("Key", { exact: true }).fill(await makeKey(account, "typed", { limit: "0.000001" }));
  await page.getByRole("button", { name: "Send" }).click();
  // The key's own limit decides.
  await expect(page.getByText("Turnpike API key reached its usage limit.")).toHaveCount(2);
});

test("an answer can be stopped, and what failed is said in words", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(`${project}/playground?model=simulator/echo`);
  await page.getByLabel("Message").fill("Slowly [[gap:300]] [[tokens:200]]");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByText("Stopped")).toBeVisible();
  await page.getByLabel("Message").fill("Fail [[status:503]]");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByText("The provider simulator failed (503).")).toBeVisible();
});

test("a wrong parameter is said beside its field, and the call can be copied as code without a key", async ({
  page,
  baseURL,
}) => {
  const { project } = await enter(page);
  await page.goto(`${project}/playground?model=simulator/echo`);
  await page.getByLabel("Temperature").fill("warm");
  await expect(page.getByText("A number from 0 to 2")).toBeVisible();
  await page.getByLabel("Message").fill("It's me");
  await expect(page.getByRole("button", { name: "Send" })).toBeDisabled();
  await page.getByLabel("Temperature").fill("0.5");
  await page.getByRole("button", { name: "Copy as code" }).click();
  const dialog = page.getByRole("dialog", { name: "The same call as code" });
  await expect(dialog.getByRole("tabpanel", { name: "curl" })).toContainText(`${baseURL}/api/v1/chat/completions`);
  await expect(dialog.getByRole("tabpanel", { name: "curl" })).toContainText(`It'\\''s me`);
  await dialog.getByRole("tab", { name: "Python" }).click();
  await expect(dialog.getByRole("tabpanel", { name: "Python" })).toContainText("temperature=0.5");
  expect(await dialog.textContent()).not.toMatch(/tp_live_[0-9A-Za-z]{8}/);
});

test("a picture goes with a message, and is in the code that does the same", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(`${project}/playground?model=simulator/echo`);
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const picture = { name: "pixel.png", mimeType: "image/png", buffer: Buffer.from(pixel, "base64") };
  await page.getByLabel("Pictures", { exact: true }).setInputFiles([picture, { ...picture, mimeType: "text/plain" }]);
  await expect(page.getByText("A picture is a PNG, JPEG, WebP or GIF of 4 MB at most")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Remove picture/ })).toHaveCount(1);
  await page.getByRole("textbox", { name: "Message" }).fill("What is this?");
  await page.getByRole("button", { name: "Send" }).click();
  const answers = page.getByRole("region", { name: "Answers of echo" });
  await expect(answers.getByText(/\d+ tokens in, \d+ out/)).toBeVisible();
  await expect(answers.getByRole("img", { name: "1 of 1" })).toBeVisible();
  await page.getByRole("button", { name: "Copy as code" }).click();
  const dialog = page.getByRole("dialog", { name: "The same call as code" });
  await expect(dialog.getByRole("tabpanel", { name: "curl" })).toContainText(`data:image/png;base64,${pixel}`);
});

test("a model's call of a tool is answered by hand, and the model goes on with it", async ({ page }) => {
  const { project } = await enter(page);
  await page.goto(`${project}/playground?model=simulator/echo`);
  await page.getByLabel("Tools").fill('[{"type": "function", "function": {"name": "weather", "parameters": {}}}]');
  await page.getByLabel("Message").fill("use weather");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByLabel("Answer of weather").fill("sunny");
  await page.getByRole("button", { name: "Send this answer" }).click();
  await expect(page.getByText("The tool answered: sunny")).toBeVisible();
  await expect(page.getByLabel("Answer of weather")).toBeHidden();
});
