import {
  type AttemptRecord,
  type Pause,
  type RunId,
  type Stage,
  type StageError,
  type StageRun,
  type Wait,
  type WaitCause,
  WAIT_CAUSES,
} from '../domain/index.ts';
import { storedNames, unpack } from './layout/packed.ts';
import { ATTEMPTS, LACKS_CODE, PROVENANCE, RUN, STAGE } from './layout/records.ts';

/** A hash as stored in Redis. */
export type RedisHash = Readonly<Record<string, string>>;

/** The stored records of a run's stages: state, past attempts and errors, and outputs by the stage's index. */
export interface StoredRun {
  readonly state: RedisHash;
  readonly attempts: RedisHash;
  readonly outputs: RedisHash;
}

/** A stage's recorded StageRun (packed by lib/runs.lua). */
export const readStage = ({ state: hash, attempts, outputs }: StoredRun, stage: Stage): StageRun => {
  const record = unpack(STAGE, hash[`${STORED.stage}${stage.index}`] ?? NONE);
  const { status, generation, attempt, fence, worker } = record;
  const error = attempts[`${OF_ATTEMPTS.error}${stage.index}`];
  const lacksCode = hash[`${STORED.lacksCode}${stage.index}`];
  const startedAt = time(record.begunAt);
  const finishedAt = time(record.endedAt);
  const output = outputs[stage.index];
  const shown = {
    stage: stage.name,
    status,
    generation,
    attempt,
    queue: stage.queue,
    ...provenanceOf(hash[`${STORED.provenance}${stage.index}`], record),
    queuedAt: time(record.queuedAt),
    waitingFor: record.wait === 'paused' ? pauseOf(hash, record.queuedAt) : waitOf(record.wait, lacksCode),
    startedAt,
    finishedAt,
    durationMs: startedAt !== null && finishedAt !== null ? finishedAt - startedAt : null,
    nextAttemptAt: time(record.dueAt),
    worker: worker === '-' ? null : worker,
    fence,
    output: output !== undefined ? (JSON.parse(output) as unknown) : null,
    error:
      (status === 'failed' || status === 'retrying') && error !== undefined ? (JSON.parse(error) as StageError) : null,
  };
  return { ...shown, attempts: attemptsOf(shown, attempts[`${OF_ATTEMPTS.past}${stage.index}`]) };
};

const RAN = { provenance: 'ran', reusedFrom: null } as const;
/** Only while it has not run here. */
const provenanceOf = (
  packed: string | undefined,
  stage: { readonly generation: number; readonly attempt: number },
): Pick<StageRun, 'provenance' | 'reusedFrom'> => {
  if (packed === undefined || stage.attempt > 0) return RAN;
  const { kind, run, generation, otherParams } = unpack(PROVENANCE, packed);
  if (generation !== stage.generation) return RAN;
  return { provenance: kind, reusedFrom: { runId: run as RunId, generation, otherParams } };
};

/** Also null for a stage parked for a live worker, which has no cause. */
const waitOf = (recorded: string, lacksCode: string | undefined): Wait | null =>
  recorded in WAIT_CAUSES && lacksCode !== undefined
    ? { cause: recorded as WaitCause, since: unpack(LACKS_CODE, lacksCode).since }
    : null;

/** A stage that was queued during the pause has waited since then. */
const pauseOf = (hash: RedisHash, queuedAt: number): Wait | null => {
  const pause = hash[STORED.pause];
  return pause === undefined
    ? null
    : { cause: 'paused', since: Math.max((JSON.parse(pause) as Pause).since, queuedAt) };
};

const STORED = storedNames(RUN);
const OF_ATTEMPTS = storedNames(ATTEMPTS);
const NONE = Object.values(STAGE.initial).join(' ');

const time = (ms: number): number | null => (ms === 0 ? null : ms);

/** Past attempts are kept as they ended; the running or successful one is the stage's own record. */
const attemptsOf = (stage: Omit<StageRun, 'attempts'>, history: string | undefined): readonly AttemptRecord[] => {
  const stored = history === undefined ? [] : (JSON.parse(`[${history}]`) as StoredAttempt[]);
  const past = stored.map(readAttempt);
  // One that ended at a gate is among the past ones, also once that has been approved; a
  // reused result has no attempt here.
  const isPast = stored.at(-1)?.fence === stage.fence || stage.attempt === 0;
  if ((stage.status !== 'running' && stage.status !== 'succeeded') || isPast) return past;
  const current: AttemptRecord = {
    generation: stage.generation,
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
  generation: number;
  attempt: number;
  status: AttemptRecord['status'];
  started_at: number;
  finished_at: number;
  worker: string;
  error: StageError | null;
  fence: number;
}

const readAttempt = (stored: StoredAttempt): AttemptRecord => ({
  generation: stored.generation,
  attempt: stored.attempt,
  status: stored.status,
  startedAt: stored.started_at,
  finishedAt: stored.finished_at,
  worker: stored.worker,
  error: stored.error,
});
