/* The list of all runs, from its newest to its oldest and back, by the wheel. */
import { setTimeout as delay } from 'node:timers/promises';
import { openMeasured } from '../open-measured.mjs';

/** About what a hand on a wheel does. */
const STEP_PX = 700;
const STEP_MS = 30;

export const runsList = async ({ deployment, counts, say }) => {
  say(`${counts.runs} runs listed`);
  const { page, measured, close } = await openMeasured(deployment, '/runs');
  const list = page.getByRole('region', { name: 'Runs, newest first' });
  const aRun = list.getByRole('link', { name: /of tiny$/ }).first();
  await aRun.waitFor();
  await list.hover();
  const wheel = async (steps, by) => {
    for (let n = 0; n < steps; n++) {
      await page.mouse.wheel(0, by);
      await delay(STEP_MS);
    }
  };
  await wheel(10, STEP_PX);
  const rows = [
    await measured(`${counts.runs} runs: scrolling down, pages being read`, () => wheel(counts.scrolls, STEP_PX)),
    await measured(`${counts.runs} runs: scrolling up`, () => wheel(counts.scrolls, -STEP_PX)),
    await measured(`${counts.runs} runs: the list opened anew`, async () => {
      await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
      await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click();
      await aRun.waitFor();
    }),
  ];
  await close();
  return rows;
};
