/**
 * Two ways to use a page: one with a pointer, one that has keys only. Both see to it that they act on what they mean.
 */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export interface Hands {
  /** A link or a button. */
  press(target: Locator): Promise<void>;
  /** What was in the field is replaced. */
  fill(field: Locator, text: string): Promise<void>;
  /** By its place in the navigation, or by its shortcut. */
  goTo(screen: keyof typeof SHORTCUTS): Promise<void>;
}
export const HANDS = ['mouse', 'keyboard'] as const;

const SHORTCUTS = { Overview: 'go', Runs: 'gr', Schedules: 'gs', System: 'gy' } as const;

export const handsOf = (kind: (typeof HANDS)[number], page: Page): Hands =>
  kind === 'mouse' ? mouse(page) : keyboard(page);

const mouse = (page: Page): Hands => ({
  press: (target) => target.click(),
  fill: async (field, text) => {
    await field.click({ clickCount: 3 });
    await page.keyboard.type(text);
  },
  goTo: (screen) =>
    page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen, exact: true }).click(),
});

const keyboard = (page: Page): Hands => ({
  press: async (target) => {
    await reach(page, target);
    await page.keyboard.press('Enter');
  },
  fill: async (field, text) => {
    await reach(page, field);
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(text);
  },
  goTo: async (screen) => {
    for (const key of SHORTCUTS[screen]) await page.keyboard.press(key);
  },
});

/** Presses of Tab after which a user would give up. */
const PATIENCE = 150;

/** From wherever the focus is, forwards; around the page if need be. */
const reach = async (page: Page, target: Locator): Promise<void> => {
  await target.waitFor();
  for (let presses = 0; !(await hasFocus(target)); presses++) {
    if (presses === PATIENCE)
      throw new Error(
        `Tab does not reach ${String(target)}: the focus is on ${await page.evaluate<string>('document.activeElement.outerHTML')}`,
      );
    await page.keyboard.press('Tab');
  }
  expect(await target.evaluate((element) => element.matches(':focus-visible')), 'the focus can be seen').toBe(true);
};

const hasFocus = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => element.ownerDocument.activeElement === element);
