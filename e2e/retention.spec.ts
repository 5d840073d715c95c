import { expect } from "@playwright/test";
import { test } from "./accounts";
import { check } from "./check";
import { createKey, fillAlive, putAway, signUp } from "./support";

test("bodies are kept where a project wants them, shown on the receipt, replayed in the playground, and forgotten", async ({
  page,
  baseURL,
}) => {
  const project = await signUp(page);
  const secret = await createKey(page, project, { name: "kept" });
  await putAway(page);
  const call = async (content: string) => {
    const answer = await page.request.post(`${baseURL}/api/v1/chat/completions`, {
      headers: { authorization: `Bearer ${secret}` },
      data: {
        model: "simulator/echo",
        messages: [
          { role: "system", content: "Be kind." },
          { role: "user", content },
        ],
        temperature: 0.5,
        top_p: 0.9,
      },
    });
    expect(answer.status()).toBe(200);
    return `${project}/logs/${answer.headers()["x-generation-id"]}`;
  };
  const before = await call("Before anything was kept");
  await expect(async () => {
    await page.goto(before);
    await expect(page.getByText("This project keeps no bodies")).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await expect(page.getByText("Before anything was kept")).toBeHidden();
  await page.getByRole("link", { name: "Keep bodies of its next calls" }).click();

  await page.getByRole("switch", { name: "Keep bodies of calls" }).click();
  await expect(page.getByText("Bodies are kept from now on")).toBeVisible();
  const receipt = await call("My key is sk-proj-abcdefghijklmnop1234, hello");
  const request = page.getByRole("region", { name: "request body" });
  await expect(async () => {
    await page.goto(receipt);
    await expect(request).toContainText("My key is sk-proj-…1234, hello", { timeout: 2_000 });
  }).toPass();
  await expect(page.getByRole("region", { name: "answer body" })).toContainText("chat.completion");
  await expect(page.getByRole("button", { name: "Copy request body" })).toBeVisible();
  await check(page, "a receipt with bodies");

  await page.getByRole("link", { name: "Replay in playground" }).click();
  await expect(page.getByLabel("Message")).toHaveValue("My key is sk-proj-…1234, hello");
  await expect(page.getByLabel("System prompt")).toHaveValue("Be kind.");
  await expect(page.getByLabel("Temperature")).toHaveValue("0.5");
  await expect(page.getByLabel("More parameters")).toHaveValue(/"top_p": 0.9/);
  await expect(page.getByRole("button", { name: "Model: echo" })).toBeVisible();
  await fillAlive(page.getByLabel("Message"), "Once more");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByText(/\d+ tokens in, \d+ out/)).toBeVisible();

  await page.goto(`${project}/settings`);
  await page.getByRole("switch", { name: "Keep bodies of calls" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete and stop keeping" }).click();
  await expect(page.getByText("Bodies are kept no more")).toBeVisible();
  await page.goto(receipt);
  await expect(page.getByText("This project keeps no bodies")).toBeVisible();
  await expect(page.getByText("sk-proj-…1234")).toBeHidden();
});
