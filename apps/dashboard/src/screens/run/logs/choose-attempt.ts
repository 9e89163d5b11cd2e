import type { Run, StageRun } from '@millrace/core/domain';

export interface ChosenAttempt {
  readonly stage: string;
  readonly generation: number;
  readonly attempt: number;
}

/**
 * The attempt to show: the one in the address, else the one that failed the run, is running, or ran last. Null: nothing
 * has run.
 */
export const chooseAttempt = (
  run: Run,
  wanted: {
    readonly stage?: string | undefined;
    readonly generation?: number | undefined;
    readonly attempt?: number | undefined;
  },
): ChosenAttempt | null => {
  const named = run.stages.find(({ stage }) => stage === wanted.stage);
  if (named) {
    const {
      stage,
      generation = named.generation,
      attempt = Math.max(1, named.attempt),
    } = { ...wanted, stage: named.stage };
    return { stage, generation, attempt };
  }
  const { error } = run;
  const failed = error?.stage && run.stages.find(({ stage }) => stage === error.stage);
  if (error?.stage)
    return { stage: error.stage, generation: failed ? failed.generation : 1, attempt: error.attempt ?? 1 };
  const started = run.stages.filter(({ attempt }) => attempt > 0);
  const chosen =
    latest(started.filter(({ status }) => status === 'failed')) ??
    latest(started.filter(({ status }) => status === 'running')) ??
    latest(started);
  return chosen && { stage: chosen.stage, generation: chosen.generation, attempt: chosen.attempt };
};

const latest = (stages: readonly StageRun[]): StageRun | null =>
  stages.reduce<StageRun | null>(
    (best, stage) => (best === null || (stage.startedAt ?? 0) >= (best.startedAt ?? 0) ? stage : best),
    null,
  );
