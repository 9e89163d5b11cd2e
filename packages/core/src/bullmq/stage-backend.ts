import { type BackendFactory, createRedisBackend } from 'bullmq';
import type { RunId, WorkerId } from '../domain/index.ts';
import type { Advance, AdvanceAnswer, Claim, ClaimRef, Outcome, Store } from '../ports/index.ts';

/** Result of a stage's processor: BullMQ must not serialise it, because our script records it. */
export interface Settled {
  readonly claim: ClaimRef;
  readonly result: Outcome;
  toJSON(): undefined;
}

export const settled = (claim: ClaimRef, result: Outcome): Settled => ({ claim, result, toJSON: () => undefined });

export interface StageBackendDeps {
  readonly store: Store;
  readonly worker: WorkerId;
  /** Unsettled claims, by job id. */
  readonly claims: Map<string, Claim>;
  /** Called when the queue is polled for work, which shows that it is being consumed. */
  onAsked(): void;
  /** Called when a slot gets a claim, whose start is recorded. BullMQ would process it only once all its free slots are filled. */
  onClaimed(slot: string, claim: Claim): void;
  /** Called when the store does not know this worker (any more). */
  onUnregistered(): void;
  /** Called when a transition left work for later. */
  onUnfinished(runIds: readonly RunId[]): void;
  onFenced(claim: ClaimRef, result: Outcome): void;
}

/**
 * BullMQ's Redis backend with its two moves replaced by ours: `advance` records how a stage ended, claims the next one and records
 * its start in one script. The rest of BullMQ (blocking for work, pausing, Bull Board) uses the same keys as before.
 */
export const stageBackend =
  (deps: StageBackendDeps): BackendFactory =>
  (queue, options, extra) => {
    const backend = createRedisBackend(queue, options, extra);
    const send = batched(deps.store);

    // A claim is held until its outcome is recorded; only then may the slot's next claim, perhaps of the same job, replace it.
    const ask = async (slot: string, jobId: string | undefined, outcome: (ClaimRef & { result: Outcome }) | null, fetch: boolean): Promise<NextJob> => {
      deps.onAsked();
      const answer = await send({ worker: deps.worker, queue, slot, outcome, fetch }).finally(() => {
        // Even if the store refused it for good: the next heartbeats hand back claims that no slot holds.
        // If the stage has been claimed again meanwhile, keep the later claim.
        if (jobId !== undefined && deps.claims.get(jobId)?.fence === outcome?.fence) deps.claims.delete(jobId);
      });
      if (answer.expand.length > 0) deps.onUnfinished(answer.expand);
      if (answer.unregistered) deps.onUnregistered();
      if (answer.recorded === 'fenced' && outcome) deps.onFenced(outcome, outcome.result);
      if (answer.claim) {
        deps.claims.set(answer.claim.jobId, answer.claim);
        deps.onClaimed(slot, answer.claim);
      }
      return nextJob(answer);
    };

    return Object.assign(backend, {
      moveToActive: (token: string) => ask(token, undefined, null, true),
      moveToCompleted: async (job: { id?: string }, value: Settled, _keep: unknown, token: string, fetchNext: boolean) => {
        return { result: await ask(token, job.id, { ...value.claim, result: value.result }, fetchNext), finishedOn: Date.now() };
      },
      // Reached only if the processor itself throws, which it never should; the attempt then fails.
      moveToFailed: async (job: { id?: string }, message: string, _keep: unknown, token: string, fetchNext: boolean) => {
        const claim = deps.claims.get(job.id ?? '');
        const result: Outcome = { kind: 'failed', error: { code: 'internal', message }, retryable: true };
        return { result: await ask(token, job.id, claim ? { ...claim, result } : null, fetchNext), finishedOn: Date.now() };
      },
    });
  };

type NextJob = [job: object | null, id: string | null, rateLimitDelay: number, delayUntil: number];

/** Meanwhile BullMQ polls for nothing and takes no wake-up meant for another worker. */
const HOLD_OFF_MS = 500;

/** BullMQ gets a job with only its id; the claim waits in the map. */
const nextJob = ({ claim, nextDueAt, holdsOff }: AdvanceAnswer): NextJob => {
  if (!claim) return [null, null, holdsOff ? HOLD_OFF_MS : 0, nextDueAt];
  return [
    { id: claim.jobId, name: claim.stage, data: '{}', opts: {}, timestamp: claim.startedAt, delay: 0, priority: 0, processedOn: claim.startedAt },
    claim.jobId,
    0,
    0,
  ];
};

/** Batches the requests of one turn of the event loop in one script: stages that end together are recorded, and successors claimed, in one round trip. */
const batched = (store: Store) => {
  const pending: Ask[] = [];

  const sendAlone = async ({ command, resolve, reject }: Ask): Promise<void> => {
    try {
      resolve((await untilAnswered(() => store.advanceAll([command])))[0]!);
    } catch (error) {
      reject(error);
    }
  };
  const flush = async (): Promise<void> => {
    const batch = pending.splice(0, MAX_BATCH);
    if (pending.length > 0) setImmediate(() => void flush());
    try {
      const answers = await untilAnswered(() => store.advanceAll(batch.map(({ command }) => command)));
      for (const [place, { resolve }] of batch.entries()) resolve(answers[place]!);
    } catch {
      // A command that the store cannot accept must not fail the others.
      for (const ask of batch) await sendAlone(ask);
    }
  };

  return (command: Advance): Promise<AdvanceAnswer> =>
    new Promise((resolve, reject) => {
      pending.push({ command, resolve, reject });
      if (pending.length === 1) setImmediate(() => void flush());
    });
};

interface Ask {
  readonly command: Advance;
  resolve(answer: AdvanceAnswer): void;
  reject(error: unknown): void;
}

/** Maximum batch size, which bounds how long one script blocks Redis: about 1 ms. */
const MAX_BATCH = 16;

/** Resends an outcome until it is answered, so that a full or absent store loses none. A repeat changes nothing. */
const untilAnswered = async <T>(send: () => Promise<T>): Promise<T> => {
  for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
    try {
      return await send();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
};

const isPassing = (error: unknown): boolean => error instanceof Error && 'code' in error && (error.code === 'store_unavailable' || error.code === 'store_full');
