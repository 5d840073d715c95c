import { expect, type Page } from "@playwright/test";
import { enter, makeKey, setRole, test } from "./accounts";
import { check } from "./check";
import { createKey, invite, keyRow, mailedLink, newEmail, otherPage, PASSWORD, putAway, signIn } from "./support";

const NEW_PASSWORD = "another good password";
const done = (page: Page) => page.getByRole("button", { name: "Done" }).click();

async function joinByLink(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account and join" }).click();
  await page.waitForURL(/\/dashboard\/prj_\w+$/);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

const EVERYBODYS = ["Overview", "Usage", "Models", "Members", "Settings"];
const TECHNICAL = [...EVERYBODYS, "Keys", "Logs", "Providers", "End users"];
/** What stands in the rail, and whether a key can be made. */
const ROLE_PAGES = [
  { role: "viewer", pages: TECHNICAL, makesKeys: false, closed: "/billing" },
  { role: "billing", pages: [...EVERYBODYS, "Billing", "Books"], makesKeys: false, closed: "/keys" },
  { role: "developer", pages: [...TECHNICAL, "Playground"], makesKeys: true, closed: "/audit" },
  { role: "admin", pages: [...TECHNICAL, "Playground", "Audit", "Billing", "Books"], makesKeys: true, closed: null },
] as const;

test("each role finds the pages of its work in the rail, and the others closed", async ({ page, browser, baseURL }) => {
  const owner = await enter(page);
  await makeKey(owner, "of-the-owner");
  const member = await otherPage(browser, baseURL);
  const account = await enter(member, { name: "Grace Hopper" });
  for (const { role, pages, makesKeys, closed } of ROLE_PAGES) {
    await setRole(owner, account, role);
    await member.goto(`${owner.project}${pages.includes("Keys") ? "/keys" : ""}`);
    const links = member.getByRole("complementary", { name: "Navigation" }).getByRole("navigation").getByRole("link");
    await expect(links.first()).toBeVisible();
    expect((await links.allTextContents()).toSorted(), role).toEqual(pages.toSorted());
    await expect(member.getByRole("button", { name: "Create key" })).toHaveCount(makesKeys ? 1 : 0);
    if (closed === null) continue;
    await member.goto(`${owner.project}${closed}`);
    await expect(member.getByText("There is nothing here for you")).toBeVisible();
  }
  await member.context().close();
});

test("somebody is invited, signs up into that organisation, keeps to their role, and is removed with their keys", async ({
  page,
  browser,
  baseURL,
}) => {
  test.setTimeout(300_000);
  const account = await enter(page);
  const { project } = account;
  await makeKey(account, "of-the-owner");
  const email = newEmail();
  const link = await invite(page, project, email, "Developer");
  await check(page, "the link of an invitation");
  await done(page);
  await expect(page.getByRole("row").filter({ hasText: email })).toContainText("Developer");

  const guest = await otherPage(browser, baseURL);
  await guest.goto(link);
  await expect(guest.getByRole("heading", { name: /^Join / })).toBeVisible();
  await check(guest, "an invitation");
  await joinByLink(guest, link, "Grace Hopper");
  expect(new URL(guest.url()).pathname).toBe(project);
  // No organisation of their own beside it.
  await guest.getByRole("button", { name: /switch project/ }).click();
  await expect(guest.getByRole("menuitem", { name: "Default project" })).toHaveCount(1);
  await expect(guest.getByRole("menuitem", { name: "New project" })).toBeHidden();
  await guest.keyboard.press("Escape");

  await test.step("a developer changes their own keys only, and manages nobody", async () => {
    await createKey(guest, project, { name: "of-grace" });
    await putAway(guest);
    await expect(keyRow(guest, "of-the-owner").getByRole("switch")).toBeDisabled();
    await expect(keyRow(guest, "of-grace").getByRole("switch")).toBeEnabled();
    await guest.goto(`${project}/members`);
    await expect(guest.getByRole("button", { name: "Invite member" })).toBeHidden();
    await expect(guest.getByRole("button", { name: /^Actions for/ })).toHaveCount(1);
    await guest.goto(link);
    await expect(guest.getByRole("heading", { name: "This invitation was accepted already" })).toBeVisible();
  });

  await test.step("a viewer sees no button that acts", async () => {
    await page.goto(`${project}/members`);
    await page.getByRole("button", { name: "Actions for Grace Hopper" }).click();
    await page.getByRole("menuitem", { name: "Change role…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Role" }).click();
    await page.getByRole("option", { name: "Viewer" }).click();
    await expect(dialog.getByText("Keys that they made stay enabled.")).toBeVisible();
    await dialog.getByRole("button", { name: "Change role" }).click();
    await expect(page.getByRole("row").filter({ hasText: "Grace Hopper" })).toContainText("Viewer");
    await guest.goto(`${project}/keys`);
    await expect(guest.getByText("of-grace")).toBeVisible();
    await expect(guest.getByRole("button", { name: "Create key" })).toBeHidden();
    await expect(keyRow(guest, "of-grace").getByRole("switch")).toBeDisabled();
    await guest.goto(`${project}/members`);
    await expect(guest.getByRole("button", { name: "Invite member" })).toBeHidden();
    await guest.goto(`${project}/audit`);
    await expect(guest.getByText("There is nothing here for you")).toBeVisible();
  });

  await test.step("removed, they see nothing any more, and their key is off", async () => {
    await page.goto(`${project}/members`);
    await check(page, "members");
    await page.getByRole("button", { name: "Actions for Grace Hopper" }).click();
    await page.getByRole("menuitem", { name: "Remove…" }).click();
    const dialog = page.getByRole("dialog", { name: "Remove Grace Hopper?" });
    await expect(dialog.getByText("The key that they made")).toBeVisible();
    await dialog.getByRole("radio", { name: "Hand over" }).click();
    await expect(dialog.getByText("Rotate them soon")).toBeVisible();
    await check(page, "the dialog that removes a member");
    await dialog.getByRole("radio", { name: "Disable" }).click();
    await dialog.getByRole("button", { name: "Remove member" }).click();
    await expect(page.getByText("Grace Hopper is removed")).toBeVisible();
    await page.goto(`${project}/keys`);
    await expect(keyRow(page, "of-grace").getByRole("switch")).not.toBeChecked();
    await guest.goto(`${project}/keys`);
    await expect(guest.getByText("There is nothing at this address")).toBeVisible();
    await guest.goto("/dashboard");
    await expect(guest.getByText("There is no project for you yet")).toBeVisible();
    await check(guest, "nothing of one's own");
    await guest.getByLabel("Name").fill("Grace's own");
    await guest.getByRole("button", { name: "Create organisation" }).click();
    await guest.waitForURL(/\/dashboard\/prj_\w+$/);
  });
  await guest.context().close();
});

test("an invitation is for its address: another account is told so, the right one joins beside its own organisation", async ({
  page,
  browser,
  baseURL,
}) => {
  const { project } = await enter(page);
  const email = newEmail();
  const guest = await otherPage(browser, baseURL);
  await enter(guest, { email, name: "Bob" });
  const link = await invite(page, project, email, "Viewer");
  await page.goto(link);
  await expect(page.getByText("You are signed in as")).toBeVisible();
  await check(page, "an invitation for somebody else");
  await guest.goto(link);
  await guest.getByRole("button", { name: /^Join / }).click();
  await guest.waitForURL(`**${project}`);
  await guest.getByRole("button", { name: /switch project/ }).click();
  await expect(guest.getByRole("menuitem", { name: "Default project" })).toHaveCount(2);
  await guest.keyboard.press("Escape");
  await guest.goto(`${project}/members`);
  await guest.getByRole("button", { name: "Actions for Bob" }).click();
  await guest.getByRole("menuitem", { name: "Leave organisation…" }).click();
  await guest.getByRole("button", { name: "Leave organisation" }).click();
  await guest.waitForURL(/\/dashboard\/prj_\w+$/);
  expect(guest.url()).not.toContain(project);
  await guest.context().close();

  const second = await invite(page, project, newEmail(), "Viewer");
  await done(page);
  await page.getByRole("button", { name: /^Take back the invitation/ }).click();
  await page.getByRole("button", { name: "Take back", exact: true }).click();
  await expect(page.getByText(/is taken back/)).toBeVisible();
  await page.goto(second);
  await expect(page.getByRole("heading", { name: "This invitation was taken back" })).toBeVisible();
});

test("a forgotten password is set anew by the mailed link, once, and every session before ends", async ({
  page,
  browser,
  baseURL,
}) => {
  const email = newEmail();
  const { project } = await enter(page, { email });
  const other = await otherPage(browser, baseURL);
  await other.goto("/sign-in");
  await other.getByRole("link", { name: "Forgot your password?" }).click();
  await other.waitForURL("**/forgot-password");
  const ask = async (address: string) => {
    await other.getByLabel("E-mail").fill(address);
    await other.getByRole("button", { name: "Send link" }).click();
    await expect(other.getByText(`If ${address} has an account, a mail with a link is on its way.`)).toBeVisible();
  };
  await ask(newEmail());
  await ask(email);
  const link = await mailedLink(email);
  await other.goto(link);
  await check(other, "choosing a new password");
  await other.getByLabel("New password").fill(NEW_PASSWORD);
  await other.getByRole("button", { name: "Set password" }).click();
  await other.waitForURL(`**${project}`);
  await other.goto(link);
  await expect(other.getByRole("heading", { name: "This link is not valid any more" })).toBeVisible();
  await other.context().close();

  await page.goto(`${project}/keys`);
  await page.waitForURL(/\/sign-in/);
  await signIn(page, email);
  await expect(page.getByText("do not go together")).toBeVisible();
  await signIn(page, email, NEW_PASSWORD);
  await page.waitForURL(`**${project}`);
});

test("on the account page: a name, a password, an address that the mailed link confirms", async ({ page }) => {
  test.setTimeout(300_000);
  const email = newEmail();
  const next = newEmail();
  const { project } = await enter(page, { email });
  await page.goto(project);
  await page.getByRole("button", { name: "Account of Ada Lovelace" }).click();
  await page.getByRole("menuitem", { name: "Account" }).click();
  await page.waitForURL(`**${project}/account`);
  await check(page, "/account");
  await page.getByLabel("Your name").fill("Ada King");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Account of Ada King" })).toBeVisible();

  await page.getByLabel("Current password").fill("not that one");
  await page.getByLabel("New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("That is not your password")).toBeVisible();
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password is changed")).toBeVisible();

  await page.getByLabel("E-mail address to confirm").fill(next);
  await page.getByLabel("Your password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(page.getByText(`A mail with a link is on its way to ${next}.`)).toBeVisible();
  await page.goto(await mailedLink(next));
  await check(page, "confirming an address");
  await page.getByRole("button", { name: "Confirm address" }).click();
  await page.waitForURL(`**${project}`);
  await page.goto(`${project}/account`);
  await expect(page.getByText(next)).toBeVisible();
  await expect(page.getByText("Confirmed", { exact: true })).toBeVisible();

  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Sign out everywhere" }).click();
  await page.waitForURL(/\/sign-in/);
  await signIn(page, next, NEW_PASSWORD);
  await page.waitForURL(`**${project}`);
});

test("by keyboard alone: an invitation, rules of a member, and a second organisation", async ({ page }) => {
  test.setTimeout(300_000);
  const { project } = await enter(page);
  await page.goto(project);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("invite");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Invite member" });
  await expect(dialog.getByLabel("E-mail")).toBeFocused();
  await page.keyboard.type("nobody");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Enter an e-mail address such as")).toBeVisible();
  await check(page, "the dialog that invites");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await page.getByRole("button", { name: "Actions for Ada Lovelace" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Rules" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Rules of Ada Lovelace" })).toBeVisible();
  await page.getByRole("button", { name: "Add rule" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Save rules" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("group", { name: "Rule 1" }).getByRole("alert")).toHaveText("Name at least one");
  await check(page, "the rules of a member");
  await page.getByRole("combobox", { name: "Models of rule 1" }).focus();
  await page.keyboard.type("gpt-4o*");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Save rules" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("The rules are saved")).toBeVisible();
  await page.goto(`${project}/audit`);
  await expect(page.getByText("Rules set")).toBeVisible();

  await page.getByRole("button", { name: /switch project/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "New organisation" }).focus();
  await page.keyboard.press("Enter");
  const second = page.getByRole("dialog", { name: "New organisation" });
  await second.getByLabel("Name").focus();
  await page.keyboard.type("Second house");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: /switch project/ })).toContainText("Second house");
  expect(new URL(page.url()).pathname).not.toBe(project);
});
