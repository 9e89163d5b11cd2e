import { type BackendFactory, createRedisBackend } from 'bullmq';
import { jobIdOf, type RunId, type WorkerId } from '../domain/index.ts';
import type { Advance, AdvanceAnswer, Claim, ClaimRef, Outcome, Store } from '../ports/index.ts';
import { filling, type Slots } from './slots.ts';

/** What a stage's processor gives BullMQ to complete: BullMQ must not serialise it, our script records it. */
export interface Settled {
  readonly claim: ClaimRef;
  readonly result: Outcome;
  toJSON(): undefined;
}

export const settled = (claim: ClaimRef, result: Outcome): Settled => ({ claim, result, toJSON: () => undefined });

export interface AskDeps {
  readonly queue: string;
  readonly store: Store;
  readonly worker: WorkerId;
  /** Claims handed out and not yet settled, by job id. */
  readonly claims: Map<string, Claim>;
  /** The queue was asked for work: it is being consumed. */
  onAsked(): void;
  /** A slot was granted a claim, whose start is recorded. BullMQ has it processed later: when it asks for it. */
  onClaimed(slot: string, claim: Claim): void;
  /** The store does not know this worker (any more). */
  onUnregistered(): void;
  /** A transition left work for later. */
  onUnfinished(runIds: readonly RunId[]): void;
  onFenced(claim: ClaimRef, result: Outcome): void;
}

type Ended = ClaimRef & { readonly result: Outcome };
export type AskStore = (slot: string, outcome: Ended | null, fetch: boolean) => Promise<AdvanceAnswer>;

/** Records how a slot's stage ended, and claims the next one for it. Asks of one turn of the event loop go in one script. */
export const askingStore = (deps: AskDeps): AskStore => {
  const send = batched(deps.store);
  // A claim counts as held until its outcome is recorded: only then may the slot's next claim, perhaps of the same job, take its place.
  return async (slot, outcome, fetch) => {
    deps.onAsked();
    const answer = await send({ worker: deps.worker, queue: deps.queue, slot, outcome, fetch }).finally(() => {
      // Also when the store refused it for good: what nobody holds is handed back by the next heartbeats.
      // Of a stage that was claimed anew meanwhile, the later claim is held on.
      const jobId = outcome && jobIdOf(outcome.runId, outcome.stageIndex, outcome.generation);
      if (jobId !== null && deps.claims.get(jobId)?.fence === outcome?.fence) deps.claims.delete(jobId);
    });
    if (answer.expand.length > 0) deps.onUnfinished(answer.expand);
    if (answer.unregistered) deps.onUnregistered();
    if (answer.recorded === 'fenced' && outcome) deps.onFenced(outcome, outcome.result);
    if (answer.claim) {
      deps.claims.set(answer.claim.jobId, answer.claim);
      deps.onClaimed(slot, answer.claim);
    }
    return answer;
  };
};

export interface StageBackendDeps {
  readonly ask: AskStore;
  readonly slots: Slots;
  readonly claims: ReadonlyMap<string, Claim>;
  /** Slots were filled for which BullMQ has not asked. */
  onStocked(): void;
}

/**
 * BullMQ's Redis backend with its two moves replaced by ours: `advance` records how a stage ended, claims the next one and records
 * its start in one script. Everything else of BullMQ (blocking for work, pausing, Bull Board) goes on over the same keys.
 */
export const stageBackend =
  ({ ask, slots, claims, onStocked }: StageBackendDeps): BackendFactory =>
  (queue, options, extra) => {
    const backend = createRedisBackend(queue, options, extra);
    const fill = filling(slots, (slot) => ask(slot, null, true), onStocked);

    /** The token's slot ends what it holds, and is free again unless it is granted another claim. */
    const end = async (token: string, outcome: Ended | null, fetchNext: boolean) => {
      const answer = await ask(slots.take(token)!, outcome, fetchNext);
      if (!answer.claim) slots.release(token);
      return { result: nextJob(answer), finishedOn: Date.now() };
    };

    const waitForJob = backend.waitForJob.bind(backend);
    return Object.assign(backend, {
      waitForJob: (timeout: number) => {
        fill.forget();
        return slots.stock.length > 0 ? Promise.resolve(null) : waitForJob(timeout);
      },
      moveToActive: async (token: string) => nextJob(await fill.next(token)),
      moveToCompleted: (_job: object, value: Settled, _keep: unknown, token: string, fetchNext: boolean) =>
        end(token, { ...value.claim, result: value.result }, fetchNext),
      // Reached only when the processor itself throws, which it is written not to do: the attempt then fails.
      moveToFailed: async (job: { id?: string }, message: string, _keep: unknown, token: string, fetchNext: boolean) => {
        const claim = claims.get(job.id ?? '');
        const result: Outcome = { kind: 'failed', error: { code: 'internal', message }, retryable: true };
        try {
          return await end(token, claim ? { ...claim, result } : null, fetchNext);
        } catch (error) {
          slots.release(token);
          throw error;
        }
      },
    });
  };

type NextJob = [job: object | null, id: string | null, rateLimitDelay: number, delayUntil: number];

/** BullMQ asks for nothing meanwhile, and takes no wake-up that is another worker's. */
const HOLD_OFF_MS = 500;

/** BullMQ gets a job that carries nothing but its id; the claim waits in the map. */
const nextJob = ({ claim, nextDueAt, holdsOff }: AdvanceAnswer): NextJob => {
  if (!claim) return [null, null, holdsOff ? HOLD_OFF_MS : 0, nextDueAt];
  return [
    { id: claim.jobId, name: claim.stage, data: '{}', opts: {}, timestamp: claim.startedAt, delay: 0, priority: 0, processedOn: claim.startedAt },
    claim.jobId,
    0,
    0,
  ];
};

/** Asks of one turn of the event loop go in one script: stages that end together are recorded, and their successors claimed, in one round trip. */
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
      // One that the store cannot take must not take the others along.
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

/** Bounds how long one script may block Redis: about 1 ms. */
const MAX_BATCH = 16;

/** An outcome must not be lost to a full or absent store: it is sent until it is answered. A repeat changes nothing. */
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
