import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

export const PHONE = { width: 375, height: 760 };

/** Of axe's rules, those about colours: all that a theme changes, and most of the time that axe takes. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** What axe calls serious or critical on the page as it stands, by all its rules, by those about colours, or by the others. */
export async function findings(page: Page, rules: "all" | "colours" | "no colours" = "all"): Promise<string[]> {
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
export async function check(page: Page, what: string): Promise<void> {
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
