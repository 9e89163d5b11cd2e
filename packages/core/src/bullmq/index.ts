export { createFinalizer, type FinalizerOptions, RUNS_QUEUE } from './finalizer.ts';
export { checkBullmq } from './known-scripts.ts';
export { type StageConsumer, type StageConsumerOptions, stageConsumer } from './stage-consumer.ts';
export { TICKS_QUEUE, tickWakeUps } from './tick-wake-ups.ts';
