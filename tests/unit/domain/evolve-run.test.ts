/** A run continued from a snapshot equals the fold of its whole log, wherever the log is cut. */
import { evolveRun, foldRun, MillraceError, type Pipeline, type Run, type RunEvent } from '@millrace/core/domain';
import { manualClock, memoryStore } from '@millrace/core/memory';
import { chainOf, play, rigOf, scenarios } from '@millrace/core/testing/conformance';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

interface Logged {
  readonly pipeline: Pipeline;
  readonly log: readonly RunEvent[];
  readonly run: Run;
}

const newRig = () => {
  const clock = manualClock();
  const store = memoryStore({ clock, random: () => 0 });
  return rigOf({ store, feed: store, advanceTime: async (ms) => clock.advance(ms), close: async () => {} });
};

const logsOf = async (scenario: Parameters<typeof play>[1]): Promise<readonly Logged[]> => {
  const rig = newRig();
  const { runIds } = await play(rig, scenario);
  return Promise.all(
    runIds.map(async (runId) => {
      const run = await rig.run(runId);
      return { pipeline: (await rig.store.pipeline(run.pipeline, run.version))!, log: await rig.log(runId), run };
    }),
  );
};

test('random logs, cut anywhere: the fold of the first part evolved by the rest, also with overlap, is the fold of all', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      scenarios({ timeouts: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(5),
      async (scenario, share, overlap) => {
        for (const { pipeline, log } of await logsOf(scenario)) {
          const whole = foldRun(pipeline, log);
          const cut = Math.max(1, Math.floor(share * log.length));
          expect(evolveRun(foldRun(pipeline, log.slice(0, cut)), log.slice(Math.max(0, cut - overlap)))).toEqual(whole);
          let state = foldRun(pipeline, log.slice(0, 1));
          for (let length = 2; length <= log.length; length++) {
            state = evolveRun(state, log.slice(length - 1, length));
            expect(state).toEqual(foldRun(pipeline, log.slice(0, length)));
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('random logs: stages that were read later than the run catch up with it, whatever part of the log came in between', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      scenarios({ timeouts: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(30),
      async (scenario, share, later) => {
        for (const { pipeline, log } of await logsOf(scenario)) {
          const cut = Math.max(1, Math.floor(share * log.length));
          const end = Math.min(log.length, cut + later);
          const [first, second] = [foldRun(pipeline, log.slice(0, cut)), foldRun(pipeline, log.slice(0, end))];
          const isLater = (place: number): boolean => place % 2 === 1;
          const stages = first.stages.map((stage, place) => (isLater(place) ? second.stages[place]! : stage));
          const readAt = new Map(
            stages.filter((_, place) => isLater(place)).map(({ stage }) => [stage as string, end]),
          );
          expect(evolveRun({ ...first, stages }, log, readAt)).toEqual(foldRun(pipeline, log));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('random logs: stages that no event touched stay the same objects, others are new; the state before is as it was', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(scenarios({ timeouts: true }), async (scenario) => {
      for (const { pipeline, log } of await logsOf(scenario)) {
        let state = foldRun(pipeline, log.slice(0, 1));
        for (const event of log.slice(1)) {
          const before = structuredClone(state);
          const next = evolveRun(state, [event]);
          expect(state).toEqual(before);
          for (const [place, stage] of next.stages.entries())
            expect(stage === state.stages[place]).toBe(sameFacts(stage, before.stages[place]!));
          state = next;
        }
      }
    }),
    { numRuns: 40 },
  );
});

const sameFacts = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

describe('a run of three stages', () => {
  const logged = async (): Promise<Logged> => {
    const rig = newRig();
    const pipeline = chainOf('chain', 3);
    const runId = await rig.start(pipeline, { params: { source: 'stocks' } });
    const worker = await rig.worker('w1');
    for (let stage = 0; stage < 3; stage++) await worker.succeed(await worker.take());
    return { pipeline, log: await rig.log(runId), run: await rig.run(runId) };
  };

  test('a gap is refused, and named', async () => {
    const { pipeline, log } = await logged();
    const state = foldRun(pipeline, log.slice(0, 2));
    expect(() => evolveRun(state, log.slice(3))).toThrow(
      new MillraceError('illegal_transition', 'event 3 of the run is missing'),
    );
    expect(() => evolveRun(state, [log[2]!, log[4]!])).toThrow('event 4 of the run is missing');
  });

  test('no event, or only old ones: the same facts', async () => {
    const { pipeline, log } = await logged();
    const state = foldRun(pipeline, log);
    expect(evolveRun(state, [])).toEqual(state);
    expect(evolveRun(state, log)).toEqual(state);
  });

  test('what events do not carry stays: the params, and outputs of stages that are touched or not', async () => {
    const { pipeline, log, run } = await logged();
    const folded = foldRun(pipeline, log.slice(0, 4));
    const snapshot: Run = {
      ...run,
      ...folded,
      stages: folded.stages.map((stage, place) => ({ ...stage, output: { place } })),
    };
    const evolved: Run = evolveRun(snapshot, log.slice(4));
    expect(evolved.params).toEqual({ source: 'stocks' });
    expect(evolved.stages.map(({ output }) => output)).toEqual([{ place: 0 }, { place: 1 }, { place: 2 }]);
    expect(evolved).toMatchObject({ status: 'succeeded', lastSeq: log.length });
  });
});
