import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const THEMES = ["light", "dark"] as const;
export const PHONE = { width: 375, height: 760 };

/** What axe calls serious or critical on the page as it stands. */
export async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
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
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    expect.soft(await findings(page), `${what}, ${theme}`).toEqual([]);
  }
  await page.setViewportSize(PHONE);
  // A chart follows its place's width a moment later.
  await expect.soft.poll(() => overflow(page), `${what} at ${PHONE.width} px`).toBe(0);
  expect.soft(await findings(page), `${what} at ${PHONE.width} px`).toEqual([]);
  if (usual) await page.setViewportSize(usual);
}
