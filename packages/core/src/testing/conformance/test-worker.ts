/** A worker with a tiny vocabulary: it claims and reports what a test tells it, and runs nothing. */
import { v7 } from 'uuid';
import type { Pipeline, RunId, StageError, WorkerId } from '../../domain/index.ts';
import type { AdvanceAnswer, Claim, ClaimRef, LeaseAnswer, Outcome } from '../../ports/index.ts';
import type { Rig } from './rig.ts';

export interface TestWorker {
  readonly id: WorkerId;
  /** The next stage of the queue, or null. Each call is another slot unless one is named. */
  claim(queue?: string, slot?: string): Promise<Claim | null>;
  /** The same, where there must be one. */
  take(queue?: string, slot?: string): Promise<Claim>;
  /** Records how the claim ended, and claims nothing. */
  send(claim: ClaimRef, result: Outcome): Promise<AdvanceAnswer['recorded']>;
  succeed(claim: ClaimRef, output?: unknown): Promise<AdvanceAnswer['recorded']>;
  fail(claim: ClaimRef, failure?: Partial<Outcome & { kind: 'failed' }>): Promise<AdvanceAnswer['recorded']>;
  handBack(claim: ClaimRef, delayMs?: number): Promise<AdvanceAnswer['recorded']>;
  /** Hands the stage back because its code is not here. */
  lackCode(claim: ClaimRef, delayMs?: number): Promise<AdvanceAnswer['recorded']>;
  renew(held: readonly ClaimRef[], options?: { ttlMs?: number; register?: boolean; ordinal?: number }): Promise<LeaseAnswer>;
  /** Lets the lease run out and has the stages rescued, as a worker's death does. */
  die(maxLost?: number): Promise<void>;
  /** Claims and succeeds until the queue is empty; answers the stages in the order of their claims. */
  drain(queue?: string): Promise<readonly string[]>;
}

export const BOOM: StageError = { code: 'Boom', message: 'it broke' };

/** `pipelines`: those that it is registered with. */
export const testWorker = async (rig: Rig, name: string = v7(), pipelines: readonly Pipeline[] = []): Promise<TestWorker> => {
  const { store } = rig;
  const id = name as WorkerId;
  let slots = 0;
  const info = { host: 'here', pid: 1, queues: ['default'], concurrency: 8, pipelines: pipelines.map(({ name: one, version }) => `${one}@${version}`) };
  const after = async (answer: AdvanceAnswer): Promise<AdvanceAnswer> => {
    for (const runId of answer.expand) await rig.expand(runId);
    return answer;
  };
  const worker: TestWorker = {
    id,
    claim: async (queue = 'default', slot = `slot-${++slots}`) =>
      (await after(await store.advance({ worker: id, queue, slot, outcome: null, fetch: true }))).claim,
    take: async (queue, slot) => (await worker.claim(queue, slot)) ?? nothing(queue),
    send: async (claim, result) =>
      (await after(await store.advance({ worker: id, queue: 'default', slot: 'send', outcome: { ...refOf(claim), result }, fetch: false }))).recorded,
    succeed: (claim, output = {}) => worker.send(claim, { kind: 'succeeded', outputJson: JSON.stringify(output) }),
    fail: (claim, failure = {}) => worker.send(claim, { kind: 'failed', error: BOOM, retryable: true, ...failure }),
    handBack: (claim, delayMs = 0) => worker.send(claim, { kind: 'handed_back', reason: 'drain', delayMs }),
    lackCode: (claim, delayMs = 0) => worker.send(claim, { kind: 'handed_back', reason: 'no_compatible_version', delayMs }),
    renew: (held, { ttlMs = 60_000, register = false, ordinal } = {}) =>
      store.renewLease({ worker: id, ttlMs, info, register, held: held.map(refOf), ...(ordinal === undefined ? {} : { ordinal }) }),
    die: async (maxLost = 3) => {
      const held = (await store.workers()).find((view) => view.worker === id)?.holds ?? [];
      await worker.renew(await refsOf(rig, id, held), { ttlMs: 1 });
      await rig.until(`${id} is rescued`, async () => (await store.rescueLost({ maxLost, limit: 100 })).workers.includes(id));
    },
    drain: async (queue = 'default') => {
      const order: string[] = [];
      let answer = await after(await store.advance({ worker: id, queue, slot: 'drain', outcome: null, fetch: true }));
      for (let claim = answer.claim; claim; claim = answer.claim) {
        order.push(claim.stage);
        // Its lease is a minute, and a busy machine may need longer for what is wide.
        if (order.length % 1_000 === 0) await worker.renew([claim]);
        const outcome = { ...refOf(claim), result: { kind: 'succeeded' as const, outputJson: '{}' } };
        answer = await after(await store.advance({ worker: id, queue, slot: 'drain', outcome, fetch: true }));
      }
      return order;
    },
  };
  await worker.renew([], { register: true });
  return worker;
};

export const refOf = ({ runId, stageIndex, generation, attempt, fence, worker }: ClaimRef): ClaimRef => ({
  runId,
  stageIndex,
  generation,
  attempt,
  fence,
  worker,
});

/** The claims that a worker is recorded to hold, so that renewing its lease makes no orphans of them. */
const refsOf = async (rig: Rig, worker: WorkerId, holds: readonly { readonly runId: RunId; readonly stage: string }[]): Promise<readonly ClaimRef[]> =>
  Promise.all(
    holds.map(async ({ runId, stage: name }) => {
      const run = await rig.run(runId);
      const pipeline = (await rig.store.pipeline(run.pipeline, run.version))!;
      const { attempt, fence, generation } = run.stages.find(({ stage }) => stage === name)!;
      return { runId, stageIndex: pipeline.stages.find((stage) => stage.name === name)!.index, generation, attempt, fence, worker };
    }),
  );

const nothing = (queue = 'default'): never => {
  throw new Error(`there is nothing to claim in ${queue}`);
};
