import type { AttemptRecord, Stage, StageError, StageRun, StageStatus } from '../domain/index.ts';

/** A hash as Redis holds it. */
export type RedisHash = Readonly<Record<string, string>>;

/** What is stored of a run's stages: its state, past attempts and errors, and outputs by the stage's index. */
export interface StoredRun {
  readonly state: RedisHash;
  readonly attempts: RedisHash;
  readonly outputs: RedisHash;
}

/** The StageRun that is recorded of a stage (lib/runs.lua packs it). */
export const readStage = ({ state: hash, attempts, outputs }: StoredRun, stage: Stage): StageRun => {
  const packed = hash[`s${stage.index}`];
  const [status, generation, attempt, fence, , , queuedAt, startedAt, finishedAt, nextAttemptAt, worker, keeps] = packed?.split(' ') ?? PENDING;
  const error = attempts[`x${stage.index}`];
  const output = outputs[stage.index];
  const record = {
    stage: stage.name,
    status: status as StageStatus,
    generation: Number(generation),
    attempt: Number(attempt),
    queue: stage.queue,
    provenance: 'ran' as const,
    queuedAt: time(queuedAt),
    parkedSince: status === 'queued' && keeps === PARKED ? time(hash[`w${stage.index}`]?.split(' ')[0]) : null,
    startedAt: time(startedAt),
    finishedAt: time(finishedAt),
    durationMs: time(startedAt) !== null && time(finishedAt) !== null ? Number(finishedAt) - Number(startedAt) : null,
    nextAttemptAt: time(nextAttemptAt),
    worker: worker === '-' ? null : (worker ?? null),
    fence: Number(fence),
    output: output !== undefined ? (JSON.parse(output) as unknown) : null,
    error: (status === 'failed' || status === 'retrying') && error !== undefined ? (JSON.parse(error) as StageError) : null,
  };
  return { ...record, attempts: attemptsOf(record, attempts[`h${stage.index}`]) };
};

/** See lib/runs.lua. */
const PARKED = '2';

const PENDING = ['pending', '1', '0', '0', '0', '0', '0', '0', '0', '0', '-'];

const time = (text: string | undefined): number | null => (text === undefined || text === '0' ? null : Number(text));

/** Past attempts are kept as they ended; the one that runs or succeeded is the stage's own record. */
const attemptsOf = (stage: Omit<StageRun, 'attempts'>, history: string | undefined): readonly AttemptRecord[] => {
  const past = history === undefined ? [] : (JSON.parse(`[${history}]`) as StoredAttempt[]).map(readAttempt);
  if (stage.status !== 'running' && stage.status !== 'succeeded') return past;
  const current: AttemptRecord = {
    attempt: stage.attempt,
    status: stage.status,
    startedAt: stage.startedAt ?? 0,
    finishedAt: stage.finishedAt,
    worker: stage.worker ?? '',
    error: null,
  };
  return [...past, current];
};

interface StoredAttempt {
  attempt: number;
  status: AttemptRecord['status'];
  started_at: number;
  finished_at: number;
  worker: string;
  error: StageError | null;
}

const readAttempt = (stored: StoredAttempt): AttemptRecord => ({
  attempt: stored.attempt,
  status: stored.status,
  startedAt: stored.started_at,
  finishedAt: stored.finished_at,
  worker: stored.worker,
  error: stored.error,
});
