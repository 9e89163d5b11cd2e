/** A worker with a tiny vocabulary: it claims and reports what a test tells it, and runs nothing. */
import { v7 } from 'uuid';
import { jobIdOf, type Pipeline, type RunId, type StageError, type WorkerId } from '../../domain/index.ts';
import type { Advance, AdvanceAnswer, Claim, ClaimRef, LeaseAnswer, Outcome } from '../../ports/index.ts';
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
  /** Its code is that of these pipelines from now on; it tells with a renewal. */
  learn(pipelines: readonly Pipeline[], held: readonly ClaimRef[]): Promise<LeaseAnswer>;
  handBack(claim: ClaimRef, delayMs?: number): Promise<AdvanceAnswer['recorded']>;
  /** Hands the stage back because its code is not here. */
  lackCode(claim: ClaimRef, delayMs?: number): Promise<AdvanceAnswer['recorded']>;
  renew(
    held: readonly ClaimRef[],
    options?: { ttlMs?: number; register?: boolean; ordinal?: number },
  ): Promise<LeaseAnswer>;
  /** Lets the lease run out and has the stages rescued, as a worker's death does. */
  die(maxLost?: number): Promise<void>;
  /** Claims and succeeds until the queue is empty; answers the stages in the order of their claims. */
  drain(queue?: string): Promise<readonly string[]>;
}

export const BOOM: StageError = { code: 'Boom', message: 'it broke' };

/** `known`: the pipelines that it is registered with; null: all that the rig has registered, also those to come. */
export const testWorker = async (
  rig: Rig,
  name: string = v7(),
  known: readonly Pipeline[] | null = null,
): Promise<TestWorker> => {
  const { store } = rig;
  const id = name as WorkerId;
  let slots = 0;
  let pipelines = known;
  let told = 0;
  const infoOf = () => {
    told = rig.pipelines.length;
    const codes = (pipelines ?? rig.pipelines).map(({ name: one, version }) => `${one}@${version}`);
    return { host: 'here', pid: 1, queues: ['default'], concurrency: 8, pipelines: codes };
  };
  const held = new Map<string, Claim>();
  const keepUp = async (): Promise<void> => {
    if (pipelines === null && told < rig.pipelines.length) await worker.renew([...held.values()]);
  };
  const ask = async (advance: Omit<Advance, 'worker'>): Promise<AdvanceAnswer> => {
    if (advance.fetch) await keepUp();
    const answer = await after(await store.advance({ worker: id, ...advance }));
    if (advance.outcome) held.delete(`${jobOf(advance.outcome)} ${advance.outcome.fence}`);
    if (answer.claim) held.set(`${jobOf(answer.claim)} ${answer.claim.fence}`, answer.claim);
    return answer;
  };
  const after = async (answer: AdvanceAnswer): Promise<AdvanceAnswer> => {
    for (const runId of answer.expand) await rig.expand(runId);
    return answer;
  };
  const worker: TestWorker = {
    id,
    claim: async (queue = 'default', slot = `slot-${++slots}`) =>
      (await ask({ queue, slot, outcome: null, fetch: true })).claim,
    take: async (queue, slot) => (await worker.claim(queue, slot)) ?? nothing(queue),
    send: async (claim, result) =>
      (await ask({ queue: 'default', slot: 'send', outcome: { ...refOf(claim), result }, fetch: false })).recorded,
    succeed: (claim, output = {}) => worker.send(claim, { kind: 'succeeded', outputJson: JSON.stringify(output) }),
    fail: (claim, failure = {}) => worker.send(claim, { kind: 'failed', error: BOOM, retryable: true, ...failure }),
    handBack: (claim, delayMs = 0) => worker.send(claim, { kind: 'handed_back', reason: 'drain', delayMs }),
    lackCode: (claim, delayMs = 0) =>
      worker.send(claim, { kind: 'handed_back', reason: 'no_compatible_version', delayMs }),
    learn: (codes, claims) => {
      pipelines = codes;
      return worker.renew(claims);
    },
    renew: (claims, { ttlMs = 60_000, register = false, ordinal } = {}) =>
      store.renewLease({
        worker: id,
        ttlMs,
        info: infoOf(),
        register,
        held: claims.map(refOf),
        ...(ordinal === undefined ? {} : { ordinal }),
      }),
    die: async (maxLost = 3) => {
      const holds = (await store.workers()).find((view) => view.worker === id)?.holds ?? [];
      await worker.renew(await refsOf(rig, id, holds), { ttlMs: 1 });
      await rig.until(`${id} is rescued`, async () =>
        (await store.rescueLost({ maxLost, limit: 100 })).workers.includes(id),
      );
    },
    drain: async (queue = 'default') => {
      const order: string[] = [];
      let answer = await ask({ queue, slot: 'drain', outcome: null, fetch: true });
      for (let claim = answer.claim; claim; claim = answer.claim) {
        order.push(claim.stage);
        // Its lease is a minute, and a busy machine may need longer for what is wide.
        if (order.length % 1_000 === 0) await worker.renew([claim]);
        const outcome = { ...refOf(claim), result: { kind: 'succeeded' as const, outputJson: '{}' } };
        answer = await ask({ queue, slot: 'drain', outcome, fetch: true });
      }
      return order;
    },
  };
  await worker.renew([], { register: true });
  return worker;
};

const jobOf = ({ runId, stageIndex, generation }: ClaimRef): string => jobIdOf(runId, stageIndex, generation);

export const refOf = ({ runId, stageIndex, generation, attempt, fence, worker }: ClaimRef): ClaimRef => ({
  runId,
  stageIndex,
  generation,
  attempt,
  fence,
  worker,
});

/** The claims that a worker is recorded to hold, so that renewing its lease makes no orphans of them. */
const refsOf = async (
  rig: Rig,
  worker: WorkerId,
  holds: readonly { readonly runId: RunId; readonly stage: string }[],
): Promise<readonly ClaimRef[]> =>
  Promise.all(
    holds.map(async ({ runId, stage: name }) => {
      const run = await rig.run(runId);
      const pipeline = (await rig.store.pipeline(run.pipeline, run.version))!;
      const { attempt, fence, generation } = run.stages.find(({ stage }) => stage === name)!;
      return {
        runId,
        stageIndex: pipeline.stages.find((stage) => stage.name === name)!.index,
        generation,
        attempt,
        fence,
        worker,
      };
    }),
  );

const nothing = (queue = 'default'): never => {
  throw new Error(`there is nothing to claim in ${queue}`);
};
