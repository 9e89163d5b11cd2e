export { createFinalizer, type FinalizerOptions, RUNS_QUEUE } from './finalizer.ts';
export { TICKS_QUEUE, tickWakeUps } from './tick-wake-ups.ts';
