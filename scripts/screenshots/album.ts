/** Pictures in one look: a theme at a size. */
import type { Page } from 'playwright-core';
import type { Deployment } from '../../tests/browser/deployment.ts';
import { visit, type VisitOptions } from '../../tests/browser/visit.ts';

interface Look extends VisitOptions {
  readonly name: string;
}

/** A screen to shoot: `name` of its file, and `readme`, that of the README's picture of it. */
export interface Screen {
  readonly name: string;
  readonly path: string;
  readonly signedOut?: boolean;
  readonly readme?: string;
  /** Complaints that belong to what the screen shows. */
  readonly expected?: RegExp;
}

export const LOOKS: readonly Look[] = (['light', 'dark'] as const).flatMap((theme) =>
  (['desktop', 'phone'] as const).map((viewport) => ({ name: `${viewport}-${theme}`, theme, viewport })),
);
export const README_LOOK: Look = { name: 'readme', theme: 'light', viewport: 'desktop' };

export interface ShotOptions {
  /** The whole page, not only what the window shows. */
  readonly whole: boolean;
  /** What happens to the deployment while the page is open, before its picture is taken and after it. */
  readonly beforeShot?: ((page: Page) => Promise<void>) | undefined;
  readonly afterShot?: (() => Promise<void>) | undefined;
}

export const openAlbum = async (deployment: Deployment, look: Look) => {
  const signedIn = await visit(deployment, '/', look);
  return {
    /** Answers what the page complained of. */
    shoot: async (screen: Screen, file: string, { whole, beforeShot, afterShot }: ShotOptions): Promise<readonly string[]> => {
      const visited = screen.signedOut ? await visit(deployment, screen.path, { ...look, signedIn: false }) : signedIn;
      const { page } = visited;
      const before = visited.complaints().length;
      await page.goto(screen.path);
      await settled(page);
      await beforeShot?.(page);
      await page.screenshot({ path: file, fullPage: whole, animations: 'disabled' });
      const sideways = await page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth');
      await afterShot?.();
      const complaints = visited
        .complaints()
        .slice(before)
        .filter((text) => !screen.expected?.test(text));
      const wrong = [...complaints, ...(sideways ? ['it scrolls sideways'] : [])];
      if (visited !== signedIn) await visited.close();
      return wrong;
    },
    close: () => signedIn.close(),
  };
};

/** A page that follows a busy run is never quite silent: its picture is taken as it is then. */
const settled = async (page: Page): Promise<void> => {
  await page.waitForLoadState('networkidle', { timeout: 4_000 }).catch(() => {});
  await page.evaluate('document.fonts.ready.then(() => true)');
};
