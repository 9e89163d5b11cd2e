/** The next generation of one stage. */
import { decidesEnd, type EventData } from '../domain/index.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { endAttempt } from './end-stage.ts';
import { recordOfStage } from './event-log.ts';
import { closeByRun, newestGateOf } from './gates.ts';
import { reopenStage } from './moves.ts';
import { decideFor, queue } from './queue-stages.ts';

/** `why`: what its event says. It is queued if its rule says so. */
export const openAgain = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  why: Omit<EventData['stage.reopened'], 'was' | 'queued'>,
): void => {
  const { status: was, definition } = stage;
  endAttempt(deployment, run, stage, 'cancelled', null);
  if (was === 'awaiting_gate') closeByRun(deployment, run, stage, 'superseded');
  if (was === 'failed' && decidesEnd(definition))
    run.failures = run.failures.filter((failure) => failure.stage !== definition.name);
  reopenStage(run, stage);
  const ready = decideFor(stage) === 'run';
  if (ready) queue(deployment, run, stage, 'front');
  if (was === 'running') for (const listener of deployment.cancelListeners) queueMicrotask(() => listener(run.runId));
  recordOfStage(deployment, run, stage, 'stage.reopened', {
    ...why,
    was,
    ...(ready ? { queued: [definition.name] } : {}),
  });
};

/** What was rejected at the stage's gate is made anew. Nothing has followed from it yet. */
export const makeRejectedAnew = (deployment: Deployment, run: RunRecord, stage: StageRecord): void => {
  const gate = newestGateOf(run, stage.definition.name);
  if (gate?.status !== 'rejected') return;
  stage.feedback = { generation: stage.generation + 1, gate };
  openAgain(deployment, run, stage, { because: null, gate: gate.gateId });
};
