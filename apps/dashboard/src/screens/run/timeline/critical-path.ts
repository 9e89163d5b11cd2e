import type { StageRun } from '@millrace/core/domain';

type Ended = Pick<StageRun, 'stage' | 'startedAt' | 'finishedAt' | 'status'>;

/**
 * The critical path: from the stage that ended last back through the dependency that ended last, and so on. Running
 * stages count as ending last. Empty before anything has started.
 */
export const criticalPath = (stages: readonly Ended[], edges: readonly { readonly from: string; readonly to: string }[]): ReadonlySet<string> => {
  const byName = new Map(stages.map((stage) => [stage.stage as string, stage]));
  const endOf = (stage: Ended): number => (stage.startedAt === null ? Number.NEGATIVE_INFINITY : (stage.finishedAt ?? Number.POSITIVE_INFINITY));
  const latest = (some: readonly Ended[]): Ended | undefined =>
    some
      .filter(({ startedAt }) => startedAt !== null)
      .reduce<Ended | undefined>((last, stage) => (last === undefined || endOf(stage) > endOf(last) ? stage : last), undefined);
  const dependencies = new Map<string, Ended[]>();
  for (const { from, to } of edges) {
    const stage = byName.get(from);
    if (stage) dependencies.set(to, [...(dependencies.get(to) ?? []), stage]);
  }
  const path = new Set<string>();
  for (let stage = latest(stages); stage !== undefined && !path.has(stage.stage); stage = latest(dependencies.get(stage.stage) ?? [])) path.add(stage.stage);
  return path;
};
