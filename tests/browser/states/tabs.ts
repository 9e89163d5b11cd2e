/** The screens of the table, each in a tab of its own, in one browser profile. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { expectAccessible } from '../accessible.ts';
import type { Deployment } from '../deployment.ts';
import { openPage } from '../page.ts';
import type { VisitOptions } from '../visit.ts';
import type { Fact } from './facts.ts';
import { type Ground, NAMES, SCREENS, type ScreenName } from './screens.ts';

type Column = 'empty' | 'busy' | 'moved' | 'failing' | 'unread';

export interface Tabs {
  /** In all at once; fails with each that failed, by the screen's name. */
  each(act: (page: Page, screen: ScreenName) => Promise<void>): Promise<void>;
  /** The facts of a state, or the same facts on each. */
  find(state: Column | readonly Fact[]): Promise<void>;
  /** axe-core finds nothing, light and dark. */
  areAccessible(): Promise<void>;
  /** A reload would forget the mark. */
  mark(): Promise<void>;
  areSameDocuments(): Promise<void>;
}

/** `complaints`: what is expected on their consoles. Only within a test. */
export const openTabs = async (
  deployment: Deployment,
  ground: Ground,
  {
    screens = NAMES,
    complaints = [],
    ...options
  }: VisitOptions & { readonly screens?: readonly ScreenName[]; readonly complaints?: readonly RegExp[] } = {},
): Promise<Tabs> => {
  // Colours that are on their way from one theme to the other have no contrast to speak of.
  const { page, openTab, expectComplaint } = await openPage(deployment, SCREENS[screens[0]!].at(ground), {
    reducedMotion: true,
    ...options,
  });
  for (const pattern of complaints) expectComplaint(pattern);
  const others = await Promise.all(screens.slice(1).map((screen) => openTab(SCREENS[screen].at(ground))));
  const tabs = [page, ...others].map((tab, index) => ({ tab, screen: screens[index]! }));

  const each: Tabs['each'] = async (act) => {
    const outcomes = await Promise.allSettled(tabs.map(({ tab, screen }) => act(tab, screen)));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [`${tabs[index]!.screen}: ${wordsOf(outcome.reason)}`] : [],
    );
    if (failures.length > 0) throw new Error(failures.join('\n\n'));
  };
  return {
    each,
    find: (state) =>
      each(async (tab, screen) => {
        for (const fact of typeof state === 'string' ? SCREENS[screen][state] : state) await fact(tab);
      }),
    areAccessible: () =>
      each(async (tab) => {
        for (const colorScheme of ['light', 'dark'] as const) {
          await tab.emulateMedia({ colorScheme });
          await expectAccessible(tab);
        }
      }),
    mark: () => each((tab) => tab.evaluate('void (globalThis.sameDocument = true)')),
    areSameDocuments: () => each(async (tab) => expect(await tab.evaluate('globalThis.sameDocument')).toBe(true)),
  };
};

/** An assertion that texts are equal has what it found beside its message. */
const wordsOf = (reason: unknown): string => {
  const { message, actual } = reason as Error & { readonly actual?: unknown };
  return typeof actual === 'string' ? `${message}\n${actual}` : message;
};
