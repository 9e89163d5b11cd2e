export { compose } from './compose.ts';
export { createScheduler, type Scheduler, type SchedulerDeps, type SchedulerTimes } from './create-scheduler.ts';
