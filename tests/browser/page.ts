/** Pages of a test: closed when it ends, which fails when something in them went wrong that it did not expect. */
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import type { Deployment } from './deployment.ts';
import { type Visit, visit, type VisitOptions } from './visit.ts';

/** Of pages whose test failed. */
const SHOTS = 'test-results/browser';

export interface OpenPage {
  readonly page: Page;
  readonly openTab: Visit['openTab'];
  readonly expectComplaint: Visit['expectComplaint'];
}

/** Answers once the page at the path has loaded. Only within a test. */
export const openPage = async (
  deployment: Pick<Deployment, 'url' | 'token'>,
  path: string,
  options: VisitOptions = {},
): Promise<OpenPage> => {
  const visited = await visit(deployment, path, options);
  const { page, openTab, expectComplaint } = visited;
  onTestFinished(async ({ task }) => {
    const complaints = visited.complaints();
    const failed = task.result?.state === 'fail' || complaints.length > 0;
    if (failed)
      for (const [n, tab] of page.context().pages().entries())
        await shoot(tab, n === 0 ? task.name : `${task.name} ${n}`);
    await visited.close();
    expect(complaints, 'what went wrong in the page').toEqual([]);
  });
  return { page, openTab, expectComplaint };
};

const shoot = async (page: Page, name: string): Promise<void> => {
  mkdirSync(SHOTS, { recursive: true });
  await page
    .screenshot({ path: `${SHOTS}/${name.replace(/[^\w]+/g, '-').slice(0, 100)}.png`, fullPage: true })
    .catch(() => {});
};
