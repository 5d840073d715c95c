import { expect, type Page } from "@playwright/test";
import axe from "axe-core";

export const PHONE = { width: 375, height: 760 };

/** Of axe's rules, those about colours: all that a theme changes, and most of the time that axe takes. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

type Rules = "all" | "colours" | "no colours";

/** Only what is wrong is asked for. What axe would load first (`preload`), it needs for rules that are moderate or not its usual ones. */
const OPTIONS: axe.RunOptions = { resultTypes: ["violations"], preload: false };

const OPTIONS_OF: Readonly<Record<Rules, axe.RunOptions>> = {
  all: OPTIONS,
  colours: { ...OPTIONS, runOnly: { type: "rule", values: COLOUR_RULES } },
  "no colours": { ...OPTIONS, rules: Object.fromEntries(COLOUR_RULES.map((rule) => [rule, { enabled: false }])) },
};

/** What axe calls serious or critical on the page as it stands, by all its rules, by those about colours, or by the others. */
export async function findings(page: Page, rules: Rules = "all"): Promise<string[]> {
  // Axe is put into the page's own document, so it would not see into another.
  expect(page.frames(), "a page of one document").toHaveLength(1);
  // Half a megabyte: once for a document is enough.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  return page.evaluate(async (options) => {
    // A change of the theme or of the width is drawn with the next frame.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const { violations } = await window.axe.run(document, options);
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")} ${failureSummary}`),
      );
  }, OPTIONS_OF[rules]);
}

declare global {
  interface Window {
    /** Of the page, once `findings` has put it there. */
    axe: typeof axe;
  }
}

/** Shows the page in a theme; resolves once it is in it. */
async function showIn(page: Page, theme: "dark" | "light"): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  await expect(page.locator("html")).toHaveCSS("color-scheme", theme);
}

/** How far the page can be scrolled sideways, in pixels. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Checks the page in both themes at its usual width, and for sideways scrolling on a phone. */
export async function check(page: Page, what: string): Promise<void> {
  const usual = page.viewportSize();
  await showIn(page, "dark");
  expect.soft(await findings(page, "colours"), `${what}, dark`).toEqual([]);
  await showIn(page, "light");
  expect.soft(await findings(page), `${what}, light`).toEqual([]);
  await page.setViewportSize(PHONE);
  // A chart follows its place's width a moment later.
  await expect.soft.poll(() => overflow(page), `${what} at ${PHONE.width} px`).toBe(0);
  expect.soft(await findings(page, "no colours"), `${what} at ${PHONE.width} px`).toEqual([]);
  if (usual) await page.setViewportSize(usual);
}
