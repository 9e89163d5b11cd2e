/** Every durable write, each as one atomic step. */
import type { Transitions } from '../ports/index.ts';
import { advanceAll } from './advance.ts';
import { appendAudit, openAudit } from './audit.ts';
import { cancelRun } from './cancel-run.ts';
import { followPauses, setPause } from './follow-pauses.ts';
import { pauseRun } from './pause-run.ts';
import { rerunStage } from './rerun-stage.ts';
import { resumeRun } from './resume-run.ts';
import { decideGate } from './decide-gate.ts';
import { registerDefinitions, releaseDefinitions } from './definitions.ts';
import type { Deployment } from './deployment.ts';
import { expandRun } from './expand-run.ts';
import { fireTimeouts } from './fire-timeouts.ts';
import { pruneRuns, reconcile, reconcileRuns } from './keep-house.ts';
import { lead } from './lead.ts';
import { noteClockStep } from './note-clock-step.ts';
import type { Direct } from './readings.ts';
import { registerPipeline, retirePipeline } from './register-pipeline.ts';
import { renewLease } from './renew-lease.ts';
import { report } from './report.ts';
import { releaseWorker, rescueLost } from './rescue-lost.ts';
import { putSchedule, recordTick } from './schedules.ts';
import { noteTokenUse, putToken } from './tokens.ts';
import { startRun } from './create-run.ts';

export const transitions = (deployment: Deployment): Direct<Transitions> => ({
  registerPipeline: (pipeline, options) => registerPipeline(deployment, pipeline, options),
  retirePipeline: (name) => retirePipeline(deployment, name),
  registerDefinitions: (command) => registerDefinitions(deployment, command),
  releaseDefinitions: (source) => releaseDefinitions(deployment, source),
  startRun: (command) => startRun(deployment, command),
  cancelRun: (command) => cancelRun(deployment, command),
  pauseRun: (command) => pauseRun(deployment, command),
  resumeRun: (command) => resumeRun(deployment, command),
  rerunStage: (command) => rerunStage(deployment, command),
  setPause: (command) => setPause(deployment, command),
  followPauses: (runIds) => followPauses(deployment, runIds),
  expandRun: (runId) => expandRun(deployment, runId),
  renewLease: (command) => renewLease(deployment, command),
  releaseWorker: (worker) => releaseWorker(deployment, worker),
  advance: (command) => advanceAll(deployment, [command])[0]!,
  advanceAll: (commands) => advanceAll(deployment, commands),
  decideGate: (request) => decideGate(deployment, request),
  report: (claim, events, ordinal, artifactsOfRun) => report(deployment, claim, events, ordinal, artifactsOfRun),
  rescueLost: (options) => rescueLost(deployment, options),
  fireTimeouts: (limit, latest) => fireTimeouts(deployment, limit, latest),
  reconcile: (cursor, limit) => reconcile(deployment, cursor, limit),
  reconcileRuns: (runIds) => reconcileRuns(deployment, runIds),
  pruneRuns: (keep, limit) => pruneRuns(deployment, keep, limit),
  limitQueues: (limits) => void (deployment.queueLimits = new Map(limits)),
  forgetArtifacts: (runIds) => {
    for (const runId of runIds) deployment.prunedArtifacts.delete(runId);
  },
  lead: (command) => lead(deployment, command),
  noteClockStep: (step) => noteClockStep(deployment, step),
  putSchedule: (command) => putSchedule(deployment, command),
  recordTick: (tick) => recordTick(deployment, tick),
  putToken: (command) => putToken(deployment, command),
  noteTokenUse: (uses) => noteTokenUse(deployment, uses),
  openAudit: (entry) => openAudit(deployment, entry),
  appendAudit: (command) => appendAudit(deployment, command),
});
