export { compose } from './compose.ts';
export { createScheduler, type Scheduler } from './create-scheduler.ts';
export type { SchedulerDeps, SchedulerTimes } from './scheduler-deps.ts';
