export { createFinalizer, type Finalizer, type FinalizerDeps } from './finalizer.ts';
export { checkBullmq } from './known-scripts.ts';
export { type StageConsumer, type StageConsumerOptions, stageConsumer } from './stage-consumer.ts';
