/** What a reader can ask for on the screens: how, where its refusal stands, and how its success shows. */
import type { Locator, Page } from 'playwright-core';
import type { Deployment } from '../deployment.ts';
import { type Fact, row, says } from './facts.ts';

export interface ActionGround {
  /** A run that goes on until it is cancelled. */
  readonly live: string;
}
interface Action {
  readonly does: string;
  readonly at: (ground: ActionGround) => string;
  /** Up to the last press. */
  readonly prepare: (page: Page) => Promise<void>;
  readonly button: (page: Page) => Locator;
  readonly refused: Fact;
  /** What was typed, and must stay: that alone is in the field. */
  readonly kept?: { readonly field: (page: Page) => Locator; readonly text: string };
  readonly done: Fact;
}

const TYPED = 'because of a test';
const PAUSED_BECAUSE = 'the disk is full';
/** Another than what a pause leaves as the note: a schedule that has it already has nothing to be saved. */
const NOTED = 'for the next reader';

/** A live run, and a schedule that is paused. */
export const actionGround = async (deployment: Deployment): Promise<ActionGround> => {
  const live = await deployment.start('chatty', { lines: 100_000, per_second: 1 });
  await deployment.untilRun(live, 'running');
  await deployment.call('POST', '/api/v1/schedules/each-century/pause', {});
  return { live };
};

const refusedIn =
  (title: string): Fact =>
  async (page) =>
    page.getByRole('alert').filter({ hasText: title }).waitFor();
const named = (name: string) => (page: Page) => page.getByRole('button', { name, exact: true });
const inDialog = (name: string) => (page: Page) => page.getByRole('dialog').getByRole('button', { name, exact: true });
const field = (label: string | RegExp) => (page: Page) => page.getByLabel(label);

export const ACTIONS: readonly Action[] = [
  {
    does: 'start a run from its form',
    at: () => '/pipelines/params/start',
    prepare: async (page) => {
      await page.getByLabel('day').first().fill('2026-01-05');
      await page.getByLabel('city').fill('Oslo');
      await page.getByLabel('title').fill(TYPED);
    },
    button: named('Start'),
    refused: refusedIn('tart'),
    kept: { field: field('title'), text: TYPED },
    done: async (page) => page.waitForURL(/\/runs\/[0-9a-f-]{36}/),
  },
  {
    does: 'start a run at once',
    at: () => '/pipelines/steady',
    prepare: async () => {},
    button: named('Start steady'),
    refused: says(/^Not started: /),
    done: says('Started: see the run'),
  },
  {
    does: 'pause a run',
    at: ({ live }) => `/runs/${live}`,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Pause run' }).click();
      await page.getByLabel(/^Reason/).fill(PAUSED_BECAUSE);
    },
    button: inDialog('Pause'),
    refused: refusedIn('Could not pause it'),
    kept: { field: field(/^Reason/), text: PAUSED_BECAUSE },
    done: says(`Reason: ${PAUSED_BECAUSE}`),
  },
  {
    does: 'pause a pipeline',
    at: () => '/pipelines/params',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Pause pipeline' }).click();
      await page.getByLabel(/^Reason/).fill(PAUSED_BECAUSE);
    },
    button: inDialog('Pause'),
    refused: refusedIn('Could not pause it'),
    kept: { field: field(/^Reason/), text: PAUSED_BECAUSE },
    done: says(/^params is paused by /),
  },
  {
    does: 'cancel a run',
    at: ({ live }) => `/runs/${live}`,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Cancel run' }).click();
      await page.getByLabel(/^Reason/).fill(TYPED);
    },
    button: inDialog('Cancel the run'),
    refused: refusedIn('Could not cancel the run'),
    kept: { field: field(/^Reason/), text: TYPED },
    done: says(`Reason: ${TYPED}`),
  },
  {
    does: 'pause a schedule',
    at: () => '/schedules',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Pause new-year' }).click();
      await page.getByLabel(/^Reason/).fill(TYPED);
    },
    button: inDialog('Pause'),
    refused: refusedIn('That was refused'),
    kept: { field: field(/^Reason/), text: TYPED },
    done: row(new RegExp(`^new-year.*“${TYPED}”`)),
  },
  {
    does: 'resume a schedule',
    at: () => '/schedules/each-century',
    prepare: async (page) => page.getByRole('button', { name: 'Resume each-century' }).click(),
    button: inDialog('Resume'),
    refused: refusedIn('That was refused'),
    done: says('active'),
  },
  {
    does: 'save a schedule',
    at: () => '/schedules/new-year',
    prepare: async (page) => page.getByLabel('Note').fill(NOTED),
    button: named('Save'),
    refused: refusedIn('Could not save the changes'),
    kept: { field: field('Note'), text: NOTED },
    done: says('Saved: applies from the next tick.'),
  },
  {
    does: 'run a schedule now',
    at: () => '/schedules/new-year',
    prepare: async (page) => page.getByRole('button', { name: 'Run now: new-year' }).click(),
    button: inDialog('Run now'),
    refused: refusedIn('Could not start the run'),
    done: async (page) => page.waitForURL(/\/runs\/[0-9a-f-]{36}/),
  },
  {
    does: 'make a schedule',
    at: () => '/schedules/~new?pipeline=steady',
    prepare: async (page) => page.getByLabel('Note').fill(TYPED),
    button: named('Create schedule'),
    refused: refusedIn('Could not create the schedule'),
    kept: { field: field('Note'), text: TYPED },
    done: async (page) => page.waitForURL(/\/schedules\/steady$/),
  },
];
