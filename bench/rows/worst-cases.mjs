/*
 * Inputs on which a script has most to do. Each builds its own, and answers the script calls that then went through it.
 */
import { v7 as newRunId } from 'uuid';
import { pipelineOf } from '../../packages/core/dist/testing/conformance/pipelines.js';

const HOUR_MS = 3_600_000;
const SLOTS = 16;
const AT_ONCE = 200;

const names = (count, letter = 'w') => Array.from({ length: count }, (_, at) => `${letter}${at}`);
const each = (list, shape) => Object.fromEntries(list.map((name) => [name, shape]));
const fanOut = (width, shape = {}) =>
  pipelineOf('fan', { root: {}, ...each(names(width), { on: ['root'], ...shape }), join: { on: names(width) } });
const roots = (count, shape = {}) => pipelineOf('roots', each(names(count), shape));
const chain = (length) =>
  pipelineOf(
    'chain',
    Object.fromEntries(names(length, 's').map((name, at) => [name, { on: at === 0 ? [] : [`s${at - 1}`] }])),
  );

/** `count` times, so many at a time. */
const many = async (count, act) => {
  for (let at = 0; at < count; at += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, n) => act(at + n)));
};

const register = async ({ store }, pipeline) => {
  await store.registerPipeline(pipeline, { makeCurrent: true });
  return pipeline;
};
const start = async ({ store }, pipeline, command = {}) => {
  const answer = await store.startRun({
    runId: newRunId(),
    pipeline: pipeline.name,
    version: pipeline.version,
    trigger: { kind: 'manual' },
    overlap: 'allow',
    mode: null,
    params: {},
    stages: null,
    labels: {},
    reason: null,
    idempotency: null,
    ...command,
  });
  return answer.runId;
};
const expand = async ({ store }, runIds) => {
  for (const left = [...runIds]; left.length > 0; ) left.push(...(await store.expandRun(left.shift())).more);
};

/** As a worker is registered with: everything that there is. */
const known = async (store) => (await store.pipelines()).map(({ name, version }) => `${name}@${version}`);

/** A worker of so many slots, driven by hand. */
const workerOf = async ({ store }, name, slots = SLOTS, ttlMs = HOUR_MS) => {
  const info = { host: 'bench', pid: 1, queues: ['default'], concurrency: slots, pipelines: await known(store) };
  await store.renewLease({ worker: name, ttlMs, info, register: true, held: [] });
  let held = Array.from({ length: slots }, () => null);
  const result = { kind: 'succeeded', outputJson: '{"ok":true}' };
  const turn = async (outcome, fetch) => {
    const commands = held.map((claim, at) => ({
      worker: name,
      queue: 'default',
      slot: `${at}`,
      outcome: claim && { ...refOf(claim), result: outcome },
      fetch,
    }));
    const answers = await store.advanceAll(commands);
    held = answers.map(({ claim }) => claim);
    await expand(
      { store },
      answers.flatMap((answer) => answer.expand),
    );
    return held.filter(Boolean).length;
  };
  return {
    info,
    held: () => held.filter(Boolean),
    /** Settles what it holds, and claims more if asked. */
    turn: (fetch = true, outcome = result) => turn(outcome, fetch),
    drain: async () => {
      while ((await turn(result, true)) > 0);
    },
  };
};
const refOf = ({ runId, stageIndex, generation, attempt, fence, worker }) => ({
  runId,
  stageIndex,
  generation,
  attempt,
  fence,
  worker,
});

const fanOutOf = (width) => ({
  name: `fan-out of ${width.toLocaleString('en-US')}`,
  act: async (on) => {
    const pipeline = fanOut(sized(on, width));
    return on.watch(async () => {
      await register(on, pipeline);
      await start(on, pipeline);
      await (await workerOf(on, 'w')).drain();
    });
  },
});

const sized = (on, count) => Math.max(2, Math.ceil(count * on.scale));

export const CASES = [
  fanOutOf(1_000),
  fanOutOf(5_000),
  fanOutOf(10_000),
  {
    name: '16 fan-outs of 492 in one batch',
    act: async (on) => {
      const pipeline = await register(on, fanOut(490));
      await many(SLOTS, () => start(on, pipeline));
      const worker = await workerOf(on, 'w');
      await worker.turn();
      return on.watch(() => worker.turn(false));
    },
  },
  {
    name: '10,000 roots, one of them failing',
    act: async (on) => {
      const pipeline = await register(on, roots(sized(on, 10_000)));
      return on.watch(async () => {
        await start(on, pipeline);
        const worker = await workerOf(on, 'w', 1);
        await worker.turn();
        await worker.turn(false, { kind: 'failed', error: { code: 'x', message: 'x' }, retryable: false });
      });
    },
  },
  {
    name: '9,999 of 10,000 stages started',
    act: async (on) => {
      const pipeline = await register(on, fanOut(sized(on, 9_998)));
      return on.watch(async () => {
        const runId = await start(on, pipeline, { stages: [...names(sized(on, 9_998)), 'join'] });
        const worker = await workerOf(on, 'w');
        for (let turn = 0; turn < 20; turn++) await worker.turn();
        const { more = [] } = await on.store.cancelRun({ runId, reason: null, by: null, graceMs: null });
        await expand(on, more);
      });
    },
  },
  {
    name: 'a failure before 10,000',
    act: async (on) => {
      const pipeline = await register(on, fanOut(sized(on, 9_998)));
      return on.watch(async () => {
        await start(on, pipeline);
        const worker = await workerOf(on, 'w', 1);
        await worker.turn();
        await worker.turn(false, { kind: 'failed', error: { code: 'x', message: 'x' }, retryable: false });
      });
    },
  },
  {
    name: 'a chain of 10,000',
    act: async (on) => {
      const pipeline = await register(on, chain(sized(on, 10_000)));
      return on.watch(async () => {
        await start(on, pipeline);
        await (await workerOf(on, 'w', 1)).drain();
      });
    },
  },
  {
    name: 'cancel of 4,900 behind 50,000',
    act: async (on) => {
      const [front, pipeline] = [await register(on, chain(1)), await register(on, roots(sized(on, 4_900)))];
      await many(sized(on, 50_000), () => start(on, front));
      const runId = await start(on, pipeline);
      await many(sized(on, 5_000), () => start(on, front));
      return on.watch(async () => {
        const { more = [] } = await on.store.cancelRun({ runId, reason: null, by: null, graceMs: null });
        await expand(on, more);
      });
    },
  },
  {
    name: 'cancel_running, 2,000 runs wait',
    act: async (on) => {
      const pipeline = await register(on, roots(3));
      await many(sized(on, 2_000), () => start(on, pipeline, { overlap: 'queue' }));
      return on.watch(() => start(on, pipeline, { overlap: 'cancel_running' }));
    },
  },
  {
    name: '4,850 waiting stages reconciled',
    act: async (on) => {
      const pipeline = await register(on, roots(sized(on, 4_850)));
      await start(on, pipeline);
      return on.watch(() => reconcileAll(on));
    },
  },
  {
    name: '4,850 waiting stages lost, reconciled',
    act: async (on) => {
      const pipeline = await register(on, roots(sized(on, 4_850)));
      await start(on, pipeline);
      await on.redis.del(on.keys.queue('default', 'wait'));
      await new Promise((resolve) => setTimeout(resolve, 5));
      return on.watch(() => reconcileAll(on));
    },
  },
  {
    name: '50,000 live runs reconciled',
    act: async (on) => {
      const pipeline = await register(on, chain(3));
      await many(sized(on, 50_000), () => start(on, pipeline));
      return on.watch(() => reconcileAll(on));
    },
  },
  {
    name: '20,000 ended runs pruned while others run',
    act: async (on) => {
      const pipeline = await register(on, chain(3));
      await many(sized(on, 20_000), () => start(on, pipeline));
      const worker = await workerOf(on, 'w');
      await worker.drain();
      return on.watch(async () => {
        let pruned = false;
        const load = async () => {
          while (!pruned) {
            await many(SLOTS, () => start(on, pipeline));
            await worker.turn();
          }
        };
        const prune = async () => {
          while ((await on.store.pruneRuns({ count: 0, ageMs: HOUR_MS }, 500)) > 100);
          pruned = true;
        };
        await Promise.all([load(), prune()]);
      });
    },
  },
  {
    name: '1,250 ended runs of 292 stages pruned',
    act: async (on) => {
      const pipeline = await register(on, fanOut(290));
      await many(sized(on, 1_250), () => start(on, pipeline));
      const worker = await workerOf(on, 'w');
      const calls = await on.watch(() => worker.drain());
      return [
        ...calls,
        ...(await on.watch(async () => {
          while ((await on.store.pruneRuns({ count: 0, ageMs: HOUR_MS }, 500)) > 0);
        })),
      ];
    },
  },
  {
    name: 'the clock jumps: 10,000 timers, 10,000 delayed',
    act: async (on) => {
      const timed = await register(on, roots(sized(on, 10_000), { timeouts: { queue: HOUR_MS } }));
      const retried = await register(
        on,
        pipelineOf('retried', each(names(sized(on, 10_000)), { queue: 'later', retry: { initialInterval: HOUR_MS } })),
      );
      await start(on, timed);
      await start(on, retried);
      await failAll(on, 'later');
      const since = await on.store.now();
      return on.watch(async () => {
        await on.store.noteClockStep({
          stepMs: -1_000,
          since,
          queues: ['default', 'later'],
          schedules: names(sized(on, 2_000)),
        });
        await on.store.fireTimeouts(500);
      });
    },
  },
  {
    name: '2,000 timeouts at once, 20,000 wait',
    act: async (on) => {
      const [timed, front] = [
        await register(on, roots(sized(on, 2_000), { timeouts: { queue: 1 } })),
        await register(on, chain(1)),
      ];
      await many(sized(on, 20_000), () => start(on, front));
      await start(on, timed);
      await many(sized(on, 2_000), () => start(on, front));
      await new Promise((resolve) => setTimeout(resolve, 5));
      return on.watch(async () => {
        while ((await on.store.fireTimeouts(500)) > 0);
      });
    },
  },
  {
    name: 'a worker of 1,000 slots: renewed, lost, gone',
    act: async (on) => {
      const pipeline = await register(on, roots(sized(on, 2_000)));
      await start(on, pipeline);
      const [lost, gone] = [
        await workerOf(on, 'lost', sized(on, 1_000), 300),
        await workerOf(on, 'gone', sized(on, 1_000)),
      ];
      return on.watch(async () => {
        await lost.turn();
        await gone.turn();
        const held = lost.held().map(refOf);
        await on.store.renewLease({ worker: 'lost', ttlMs: 1, info: lost.info, register: false, ordinal: 1, held });
        while ((await on.store.rescueLost({ maxLost: 3, limit: 500 })).stages > 0);
        await on.store.releaseWorker('gone');
      });
    },
  },
  {
    name: '1,000 sources of definitions, 1,000 workers',
    act: async (on) => {
      for (const source of names(sized(on, 1_000)))
        await on.store.registerDefinitions({ source, ttlMs: HOUR_MS, pipelines: names(20), broken: [], loaded: true });
      await many(sized(on, 1_000), (at) => workerOf(on, `w${at}`, 1));
      return on.watch(async () => {
        await on.store.registerDefinitions({
          source: 'w1',
          ttlMs: HOUR_MS,
          pipelines: names(20),
          broken: [],
          loaded: false,
        });
        await on.store.noteClockStep({ stepMs: 1_000, since: await on.store.now(), queues: [], schedules: [] });
      });
    },
  },
];

const reconcileAll = async ({ store }) => {
  let cursor = '0';
  do ({ cursor } = await store.reconcile(cursor, 500, 1));
  while (cursor !== '0');
};

const failAll = async ({ store }, queue) => {
  const info = { host: 'bench', pid: 1, queues: [queue], concurrency: 100, pipelines: await known(store) };
  await store.renewLease({ worker: 'fails', ttlMs: HOUR_MS, info, register: true, held: [] });
  const result = { kind: 'failed', error: { code: 'x', message: 'x' }, retryable: true };
  for (let held = names(100).map(() => null); ; ) {
    const commands = held.map((claim, at) => ({
      worker: 'fails',
      queue,
      slot: `${at}`,
      outcome: claim && { ...refOf(claim), result },
      fetch: true,
    }));
    held = (await store.advanceAll(commands)).map(({ claim }) => claim);
    if (!held.some(Boolean)) return;
  }
};
