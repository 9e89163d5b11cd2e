import { type BackendFactory, createRedisBackend } from 'bullmq';
import { backoff, jobIdOf, type RunId, type WorkerId } from '../domain/index.ts';
import { retry } from '../engine/index.ts';
import type { Advance, AdvanceAnswer, Claim, ClaimRef, Outcome, Store } from '../ports/index.ts';
import { filling, type Slots } from './slots.ts';

/** Result of a stage's processor: BullMQ must not serialise it, because our script records it. */
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
  /** Unsettled claims, by job id. */
  readonly claims: Map<string, Claim>;
  /** Called when the queue is polled for work, which shows that it is being consumed. */
  onAsked(): void;
  /** Called when a slot gets a claim, whose start is recorded. BullMQ processes it later, when it polls for it. */
  onClaimed(slot: string, claim: Claim): void;
  /** Called when the store does not know this worker (any more). */
  onUnregistered(): void;
  /** Called when a transition left work for later. */
  onUnfinished(runIds: readonly RunId[]): void;
  onFenced(claim: ClaimRef, result: Outcome): void;
}

type Ended = ClaimRef & { readonly result: Outcome };
export type AskStore = (slot: string, outcome: Ended | null, fetch: boolean) => Promise<AdvanceAnswer>;

/**
 * Records how a slot's stage ended, and claims the next one for it. Batches the requests of one turn of the event loop
 * in one script.
 */
export const askingStore = (deps: AskDeps): AskStore => {
  const send = batched(deps.store);
  // A claim is held until its outcome is recorded; only then may the slot's next claim, perhaps of the same job,
  // replace it.
  return async (slot, outcome, fetch) => {
    deps.onAsked();
    const answer = await send({ worker: deps.worker, queue: deps.queue, slot, outcome, fetch }).finally(() => {
      // Even if the store refused it for good: the next heartbeats hand back claims that no slot holds.
      // If the stage has been claimed again meanwhile, keep the later claim.
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
  /** Called when slots were filled that BullMQ has not polled for. */
  onStocked(): void;
}

/**
 * BullMQ's Redis backend with its two moves replaced by ours: `advance` records how a stage ended, claims the next one
 * and records its start in one script. The rest of BullMQ (blocking for work, pausing, Bull Board) uses the same keys
 * as before.
 */
export const stageBackend =
  ({ ask, slots, claims, onStocked }: StageBackendDeps): BackendFactory =>
  (queue, options, extra) => {
    const backend = createRedisBackend(queue, options, extra);
    const fill = filling(slots, (slot) => ask(slot, null, true), onStocked);

    /** The token's slot ends its claim, and is free again unless it gets another one. */
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
      // Reached only if the processor itself throws, which it never should; the attempt then fails.
      moveToFailed: async (
        job: { id?: string },
        message: string,
        _keep: unknown,
        token: string,
        fetchNext: boolean,
      ) => {
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

/** Meanwhile BullMQ polls for nothing and takes no wake-up meant for another worker. */
const HOLD_OFF_MS = 500;

/** BullMQ gets a job with only its id; the claim waits in the map. */
const nextJob = ({ claim, nextDueAt, holdsOff }: AdvanceAnswer): NextJob => {
  if (!claim) return [null, null, holdsOff ? HOLD_OFF_MS : 0, nextDueAt];
  return [
    {
      id: claim.jobId,
      name: claim.stage,
      data: '{}',
      opts: {},
      timestamp: claim.startedAt,
      delay: 0,
      priority: 0,
      processedOn: claim.startedAt,
    },
    claim.jobId,
    0,
    0,
  ];
};

/**
 * Batches the requests of one turn of the event loop in one script: stages that end together are recorded, and
 * successors claimed, in one round trip.
 */
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
const untilAnswered = <T>(send: () => Promise<T>): Promise<T> =>
  retry(send, { pauses: backoff(100, 2_000), retryIf: isPassing });

const isPassing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'store_unavailable' || error.code === 'store_full');
