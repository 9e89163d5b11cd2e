import { DEFAULT_RETRY, type RetryPolicy, type StageTimeouts } from '../domain/index.ts';
import { Fields, type Reading } from './fields.ts';

/** Default time between the cooperative signal and SIGKILL, ms. */
export const DEFAULT_GRACE_MS = 10_000;

/** Inherited by a stage from the pipeline's `defaults`, and by those from the built-in ones. */
export interface StageDefaults {
  readonly retry: RetryPolicy;
  readonly timeouts: StageTimeouts;
  readonly graceMs: number;
  readonly queue: string;
}
export const BUILT_IN: StageDefaults = {
  retry: DEFAULT_RETRY,
  timeouts: { attempt: null, heartbeat: null, stage: null, queue: null },
  graceMs: DEFAULT_GRACE_MS,
  queue: 'default',
};
export const TIMING_FIELDS = [
  'retry',
  'timeout',
  'heartbeatTimeout',
  'stageTimeout',
  'queueTimeout',
  'grace',
  'queue',
] as const;

/** The fields of TIMING_FIELDS, each falling back to the inherited value. */
export const readTiming = (reading: Reading, fields: Fields, inherited: StageDefaults): StageDefaults => {
  const timeout = (field: string, otherwise: number | null) =>
    fields.isNull(field) ? null : (fields.duration(field) ?? otherwise);
  return {
    retry: readRetry(reading, fields, inherited.retry),
    timeouts: {
      attempt: timeout('timeout', inherited.timeouts.attempt),
      heartbeat: timeout('heartbeatTimeout', inherited.timeouts.heartbeat),
      stage: timeout('stageTimeout', inherited.timeouts.stage),
      queue: timeout('queueTimeout', inherited.timeouts.queue),
    },
    graceMs: fields.duration('grace') ?? inherited.graceMs,
    queue: readQueue(fields) ?? inherited.queue,
  };
};

const readQueue = (fields: Fields): string | null => {
  const queue = fields.name('queue');
  return queue === 'runs' ? fields.wrong('queue', 'must not be "runs": that queue finishes runs') : queue;
};

const RETRY_FIELDS = [
  'maximumAttempts',
  'initialInterval',
  'backoffCoefficient',
  'maximumInterval',
  'nonRetryableErrors',
  'jitter',
];

const readRetry = (reading: Reading, owner: Fields, inherited: RetryPolicy): RetryPolicy => {
  if (!owner.has('retry')) return inherited;
  const fields = new Fields(reading, owner.raw('retry'), owner.at('retry'), RETRY_FIELDS);
  const initialInterval = fields.duration('initialInterval') ?? inherited.initialInterval;
  const maximumInterval = fields.duration('maximumInterval');
  if (maximumInterval !== null && maximumInterval < initialInterval)
    fields.wrong(
      'maximumInterval',
      `must not be shorter than "${fields.key('initialInterval')}" (${initialInterval} ms)`,
    );
  return {
    initialInterval,
    backoffCoefficient: fields.number('backoffCoefficient', { least: 1 }) ?? inherited.backoffCoefficient,
    maximumInterval: maximumInterval ?? Math.max(inherited.maximumInterval, initialInterval),
    maximumAttempts: fields.number('maximumAttempts', { least: 1, whole: true }) ?? inherited.maximumAttempts,
    nonRetryableErrors: fields.texts('nonRetryableErrors') ?? inherited.nonRetryableErrors,
    jitter: fields.number('jitter', { least: 0, most: 1 }) ?? inherited.jitter,
  };
};
