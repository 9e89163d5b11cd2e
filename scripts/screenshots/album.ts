/** Pictures in one look: a theme at a size. */
import type { Locator, Page } from 'playwright-core';
import type { Deployment } from '../../tests/browser/deployment.ts';
import { visit, type Visit, type VisitOptions } from '../../tests/browser/visit.ts';

interface Look extends VisitOptions {
  readonly name: string;
}

/** A screen to shoot: `name` of its file, and `readme`, that of the README's picture of it. */
export interface Screen {
  readonly name: string;
  readonly path: string;
  readonly signedOut?: boolean;
  readonly readme?: string;
  /** Errors expected for what the screen shows. */
  readonly expected?: RegExp;
}

export const LOOKS: readonly Look[] = (['light', 'dark'] as const).flatMap((theme) =>
  (['desktop', 'phone'] as const).map((viewport) => ({ name: `${viewport}-${theme}`, theme, viewport })),
);
export const README_LOOK: Look = { name: 'readme', theme: 'light', viewport: 'desktop' };

/** A disturbance of the deployment while its screens are open: pictures are taken between `begin` and `end`. */
export interface Outage {
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Text shown by an open page once it has noticed. */
  shown(page: Page): Locator;
}

export interface Shot extends Screen {
  readonly file: string;
}
/** Unexpected errors of a page. */
export interface Complaint {
  readonly file: string;
  readonly text: string;
}

/** Takes the pictures of a deployment in one look. `whole`: of the page, not only of what the window shows. */
export const takePictures = async (
  deployment: Deployment,
  look: Look,
  shots: readonly Shot[],
  whole: boolean,
  outage?: Outage,
): Promise<readonly Complaint[]> => {
  const wrong: Complaint[] = [];
  const open: (Visit & { readonly shot: Shot })[] = [];
  const take = async ({ page, complaints, shot: { file, expected }, close }: (typeof open)[number]): Promise<void> => {
    await page.screenshot({ path: file, fullPage: whole, animations: 'disabled' });
    const sideways = await page.evaluate<boolean>(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    );
    const texts = [
      ...complaints().filter((text) => !expected?.test(text)),
      ...(sideways ? ['it scrolls sideways'] : []),
    ];
    wrong.push(...texts.map((text) => ({ file, text })));
    await close();
  };
  for (const shot of shots) {
    const visited = { ...(await visit(deployment, shot.path, { ...look, signedIn: !shot.signedOut })), shot };
    await settled(visited.page, shot.signedOut === true);
    if (outage) open.push(visited);
    else await take(visited);
  }
  if (outage) {
    await outage.begin();
    for (const visited of open) {
      await outage.shown(visited.page).waitFor();
      await take(visited);
    }
    await outage.end();
  }
  return wrong;
};

/**
 * Live, nothing is being loaded, and what is drawn a moment later is there. A page that follows a busy run is never
 * quite silent.
 */
const settled = async (page: Page, signedOut: boolean): Promise<void> => {
  if (!signedOut) await page.getByRole('status', { name: 'Connection: live' }).waitFor();
  await page
    .locator('main')
    .getByText(/^Loading /)
    .first()
    .waitFor({ state: 'detached' });
  await page.waitForLoadState('networkidle', { timeout: 4_000 }).catch(() => {});
  await page.evaluate('document.fonts.ready.then(() => true)');
};
