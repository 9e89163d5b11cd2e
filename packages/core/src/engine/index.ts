export {
  type AuditChannel,
  type AuditEntry,
  type AuditIntent,
  type AuditOutcome,
  type AuditWriter,
  type BegunEntry,
  auditWriter,
  type NotedEntry,
  verifyAudit,
} from './audit.ts';
export { Bell } from './bell.ts';
export { cancelRun, expandFully } from './cancel-run.ts';
export { pauseOf, pauseRun, resumeRun, setPause } from './pause-run.ts';
export { currentSchedules, specOf } from './current-schedules.ts';
export {
  createSchedule,
  deleteSchedule,
  editSchedule,
  type ScheduleEdit,
  scheduleNamed,
  settingsOf,
} from './edit-schedule.ts';
export { decideGate, type GateRequest, gateWithId, unknownGate } from './decide-gate.ts';
export { type DefinitionFiles, definitionFiles, isServed } from './definition-files.ts';
export { dueTicks, lastTick, nextTicks, type Recurrence, ticksAfter } from './due-ticks.ts';
export { everyStage } from './every-stage.ts';
export { explainRun } from './explain-run.ts';
export { followAll } from './follow-all.ts';
export { followRun, type FollowOptions } from './follow-run.ts';
export { handleDueTicks, type HandledTicks, runIdOfTick, skipPast } from './handle-due-ticks.ts';
export { type Judgement, judgeTicks, PUNCTUAL_MS } from './judge-ticks.ts';
export { keepOverlapLocks, type KeptLocks } from './keep-overlap-locks.ts';
export { keyMismatch, madeBefore } from './made-before.ts';
export { type PlannedRun, planRun, startRun, type StartedRun, type StartRequest } from './start-run.ts';
export { planRerunOf, type RerunRequest, rerunStage } from './rerun-stage.ts';
export { retry, untilRead } from './retry.ts';
export { planRetry, type RetryPlan, type RetryRequest, retryRun } from './retry-run.ts';
export { type StoreState, storeState } from './store-state.ts';
export { startWarnings, strandedStages } from './stranded-stages.ts';
export { ADMIN_NAME, createToken, revokeToken, tokenOf } from './tokens.ts';
export { RECENT_RUNS, trackRecordOf, trackRecords } from './track-record.ts';
export { unknownPipeline } from './unknown-name.ts';
export { wallTime } from './wall-clock.ts';
export { failHungRun, type LiveRun, liveRuns } from './watch-live-runs.ts';
export { within } from './within.ts';
