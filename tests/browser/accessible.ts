/** What axe-core finds wrong with a page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Halfway, what moves without end is furthest from rest, and a text that fades is at its faintest; the rest is where it
 * ends.
 */
const STILL = `for (const animation of document.getAnimations()) {
  const { duration, iterations } = animation.effect.getComputedTiming();
  if (iterations === Infinity) {
    animation.pause();
    animation.currentTime = duration / 2;
  } else animation.finish();
}`;
const GO_ON =
  "for (const animation of document.getAnimations()) if (animation.playState === 'paused') animation.play();";

/** Fails with each violation: its rule, what helps, and the elements. Frames are not looked into. */
export const expectAccessible = async (page: Page): Promise<void> => {
  // Through the debugger, which no CSP binds; a script element would be refused.
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(AXE);
  await page.evaluate(STILL);
  const { violations } = await page.evaluate<AxeResults>(
    "axe.run(document, { iframes: false, resultTypes: ['violations'] })",
  );
  await page.evaluate(GO_ON);
  const told = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n    ${said(failureSummary)}`).join('\n')}`,
  );
  expect(told.join('\n'), `what axe-core found on ${page.url()}`).toBe('');
};

const said = (summary: string | undefined): string => (summary ?? '').replaceAll('\n', '\n    ');
