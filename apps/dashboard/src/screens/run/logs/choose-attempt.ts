import type { Run, StageRun } from '@millrace/core/domain';

export interface ChosenAttempt {
  readonly stage: string;
  readonly attempt: number;
}

/**
 * The attempt to show: the one in the address, else the one that failed the run, is running, or ran last. Null: nothing
 * has run.
 */
export const chooseAttempt = (
  run: Run,
  wanted: { readonly stage?: string | undefined; readonly attempt?: number | undefined },
): ChosenAttempt | null => {
  const named = run.stages.find(({ stage }) => stage === wanted.stage);
  if (named) return { stage: named.stage, attempt: wanted.attempt ?? Math.max(1, named.attempt) };
  const { error } = run;
  if (error?.stage) return { stage: error.stage, attempt: error.attempt ?? 1 };
  const started = run.stages.filter(({ attempt }) => attempt > 0);
  const chosen =
    latest(started.filter(({ status }) => status === 'failed')) ??
    latest(started.filter(({ status }) => status === 'running')) ??
    latest(started);
  return chosen === null ? null : { stage: chosen.stage, attempt: chosen.attempt };
};

const latest = (stages: readonly StageRun[]): StageRun | null =>
  stages.reduce<StageRun | null>(
    (best, stage) => (best === null || (stage.startedAt ?? 0) >= (best.startedAt ?? 0) ? stage : best),
    null,
  );
