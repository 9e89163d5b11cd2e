/** Pauses of pipelines and of the whole deployment, and the runs that follow them. */
import type { RunId } from '../domain/index.ts';
import type { PauseView, SetPause } from '../ports/index.ts';
import { renewBudget, unfinished } from './cut.ts';
import type { Deployment, RunRecord } from './deployment.ts';
import { expandFully } from './expand-run.ts';
import { isPaused, pauseInForce, replacePause } from './pause-run.ts';
import { holdForRerun } from './rerun-hold.ts';
import { resume } from './resume-run.ts';

/** As its pipeline and the deployment are. */
const followPause = (deployment: Deployment, run: RunRecord): void => {
  if (run.status !== 'paused') return void isPaused(deployment, run);
  const { scope } = run.pause!;
  const paused = scope === 'pipeline' ? run.pipeline.name : null;
  if (scope === 'run' || scope === 'rerun' || deployment.pauses.has(paused)) return;
  const other = pauseInForce(deployment, run);
  if (other) replacePause(deployment, run, other);
  else if (run.rerun) holdForRerun(deployment, run);
  else resume(deployment, run, deployment.resumes.get(paused)!);
};

export const followPauses = (deployment: Deployment, runIds: readonly RunId[]): void => {
  for (const runId of runIds) {
    const run = deployment.runs.get(runId);
    if (!run) continue;
    renewBudget(deployment);
    deployment.cut.unfinished.clear();
    followPause(deployment, run);
    expandFully(deployment, unfinished(deployment));
  }
};

/** Ticks that were judged before are judged again. */
export const setPause = (deployment: Deployment, { pipeline, paused, by, reason }: SetPause): boolean => {
  if (deployment.pauses.has(pipeline) === paused) return false;
  const since = deployment.clock.now();
  if (paused)
    deployment.pauses.set(pipeline, { since, scope: pipeline === null ? 'deployment' : 'pipeline', by, reason });
  else {
    deployment.pauses.delete(pipeline);
    deployment.resumes.set(pipeline, { by, reason });
  }
  deployment.scheduleRevision += 1;
  return true;
};

export const pauseViews = ({ pauses }: Deployment): readonly PauseView[] =>
  [...pauses]
    .map(([pipeline, stored]) => ({ pipeline, ...stored }))
    .sort((a, b) => ((a.pipeline ?? '') < (b.pipeline ?? '') ? -1 : 1));
