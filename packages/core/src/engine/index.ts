export { cancelRun, expandFully } from './cancel-run.ts';
export { currentSchedules, type Schedule, specOf } from './current-schedules.ts';
export { dueTicks, lastTick, nextTicks, type Recurrence, ticksAfter } from './due-ticks.ts';
export { handleDueTicks, type HandledTicks, runIdOfTick, skipPast } from './handle-due-ticks.ts';
export { type Judgement, judgeTicks, PUNCTUAL_MS } from './judge-ticks.ts';
export { keepOverlapLocks, type KeptLocks } from './keep-overlap-locks.ts';
export { type PlannedRun, planRun, startRun, type StartRequest } from './start-run.ts';
export { unknownName } from './unknown-name.ts';
export { failHungRun, type LiveRun, liveRuns } from './watch-live-runs.ts';
