/**
 * Random scenarios against the invariants, and against another store. Both are reproduced by the seed that a failure
 * prints.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventType, RunEvent } from '../../domain/index.ts';
import { checkOverlap } from './check-overlap.ts';
import { type Played, play } from './play.ts';
import { type Harness, type MakeStore, type Rig, rigOf } from './rig.ts';
import { type Scenario, scenarios } from './scenario.ts';
import { formsOf } from './plain-form.ts';

export interface RandomOptions {
  /** Scenarios to play. */
  readonly runs: number;
  readonly seed?: number;
  /** Check every log after every command, not only at the end: for a store that answers in no time. */
  readonly everyCommand?: boolean;
}

/**
 * A kind of transition that 3 % of the scenarios reach is then missed once in 10^13 tests; in 100 scenarios it was
 * missed once in 25.
 */
const ENOUGH_TO_SEE_ALL = 1_000;

/**
 * Registers a test: S1-S6, S8, S10-S12, S14, S18 and L1 hold in every scenario, and 1,000 or more of them see every
 * kind of transition.
 */
export const randomRuns = (
  name: string,
  makeStore: MakeStore,
  { runs, everyCommand = false, ...seed }: RandomOptions,
): void => {
  test(`${name} keeps its promises in ${runs} random scenarios`, { timeout: 60_000 + runs * 10_000 }, async () => {
    const seen = new Set<EventType>();
    const probe = await makeStore();
    const timeouts = probe.advanceTime !== null;
    await probe.close();
    await fc.assert(
      fc.asyncProperty(scenarios({ timeouts }), (scenario) =>
        onStore(makeStore, async (rig) => {
          const look = async (): Promise<void> => expect(await rig.violations()).toEqual([]);
          const played = await play(rig, scenario, everyCommand ? look : undefined);
          for (const runId of played.runIds) for (const { type } of await rig.log(runId)) seen.add(type);
          expect([
            ...(await rig.violations()),
            ...(await violationsAcross(rig, played)),
            ...(await remainders(rig)),
          ]).toEqual([]);
        }),
      ),
      { numRuns: runs, ...seed },
    );
    if (runs >= ENOUGH_TO_SEE_ALL) expect([...EXPECTED].filter((type) => !seen.has(type))).toEqual([]);
  });
};

export interface DifferentialOptions extends Omit<RandomOptions, 'everyCommand'> {
  /**
   * The clocks of both stand at the same instant and skip as they are told: time goes by in the scenarios, and instants
   * are compared too.
   */
  readonly sameClock?: boolean;
}

/**
 * Registers a test: both stores answer every command alike and write the same logs, but for fences and what is not
 * promised.
 */
export const differential = (
  name: string,
  makeOne: MakeStore,
  makeOther: MakeStore,
  { runs, sameClock = false, ...seed }: DifferentialOptions,
): void => {
  const transcript = transcriptBy({ sameClock });
  test(`${name} decide alike in ${runs} random scenarios`, { timeout: 60_000 + runs * 10_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(scenarios({ timeouts: sameClock, parks: sameClock }), async (scenario) => {
        const [one, other] = [
          await onStore(makeOne, (rig) => transcript(rig, scenario)),
          await onStore(makeOther, (rig) => transcript(rig, scenario)),
        ];
        expect(other).toEqual(one);
      }),
      { numRuns: runs, ...seed },
    );
  });
};

/** A run of random scenarios that never saw one of these tests less than it says. */
const EXPECTED: readonly EventType[] = [
  'run.created',
  'run.admitted',
  'run.paused',
  'run.resumed',
  'run.cancelling',
  'run.succeeded',
  'run.failed',
  'run.cancelled',
  'stage.started',
  'stage.succeeded',
  'stage.failed',
  'stage.retrying',
  'stage.skipped',
  'stage.upstream_failed',
  'stage.cancelled',
  'stage.handed_back',
  'stage.reopened',
  'stage.parked',
  'stage.rescued',
  'stage.fenced',
  'stage.progress',
  'gate.opened',
  'gate.voted',
  'gate.reminded',
  'gate.decided',
];

const onStore = async <T>(makeStore: MakeStore, use: (rig: Rig) => Promise<T>): Promise<T> => {
  const harness: Harness = await makeStore();
  try {
    return await use(rigOf(harness));
  } finally {
    await harness.close();
  }
};

const transcriptBy =
  (clocks: { readonly sameClock: boolean }) =>
  async (rig: Rig, scenario: Scenario): Promise<unknown> => {
    const { plainForm, logForm } = formsOf(clocks);
    const seen: unknown[] = [];
    const look = async (): Promise<void> => {
      const { store } = rig;
      const { items } = await store.runs({ limit: 500, cursor: null });
      const views = {
        runs: items,
        queues: await store.queues(),
        workers: await store.workers(),
        locks: await store.locks(),
        parked: await store.parked(),
        gates: await store.gates({ status: 'pending', pipeline: null, mine: null, limit: 100, cursor: null }),
        counts: await store.pendingGates(namesOf(rig)),
      };
      seen.push({ ...(plainForm(views) as object), violations: await rig.violations() });
    };
    const { answers, runIds } = await play(rig, scenario, clocks.sameClock ? look : undefined);
    const logs = await Promise.all(runIds.map((runId) => rig.log(runId)));
    const runs = await Promise.all(runIds.map((runId) => rig.run(runId)));
    const { fenced = 0, rescued = 0 } = await rig.store.counters();
    return {
      answers: answers.map(plainForm),
      seen,
      logs: logs.map(logForm),
      runs: runs.map(plainForm),
      fenced,
      rescued,
      ticks: plainForm(await rig.store.ticks('nightly', 100)),
      cursor: await rig.store.scheduleCursor('nightly'),
      violations: await rig.violations(),
    };
  };

const violationsAcross = async (rig: Rig, { runIds, slotRuns }: Played): Promise<readonly string[]> => {
  const problems: string[] = [];
  for (const ids of slotRuns.values())
    problems.push(...checkOverlap(await Promise.all(ids.map((runId): Promise<readonly RunEvent[]> => rig.log(runId)))));
  const ticks = (await Promise.all(runIds.map(async (runId) => (await rig.run(runId)).trigger.tick))).filter(
    (tick) => tick !== undefined,
  );
  if (new Set(ticks).size < ticks.length) problems.push(`S11 one tick started two runs: ${ticks.join(', ')}`);
  const { items } = await rig.store.runs({ limit: 500, cursor: null });
  if (items.length !== runIds.length)
    problems.push(`S10 ${runIds.length} starts were accepted, ${items.length} runs exist`);
  return problems;
};

/** S13, S18: at rest nothing is held, waits or is locked. */
const namesOf = ({ pipelines }: Pick<Rig, 'pipelines'>) => pipelines.map(({ name }) => name);

const remainders = async ({ store, pipelines }: Rig): Promise<readonly string[]> => [
  ...(await store.locks()).map(({ lock, holder }) => `S18 ${lock} is still held by ${holder}`),
  ...(await store.workers())
    .filter(({ holds }) => holds.length > 0)
    .map(({ worker }) => `S18 ${worker} still holds a stage`),
  ...(await store.parked()).map(({ queue, stages }) => `S18 ${stages} stages of ${queue} are still parked`),
  ...Object.keys(await store.pendingGates(namesOf({ pipelines }))).map(
    (name) => `S20 gates of ${name} are still pending`,
  ),
  ...(await store.queues())
    .filter(({ waiting, active, delayed }) => waiting + active + delayed > 0)
    .map(({ queue }) => `S18 ${queue} is not empty`),
];
