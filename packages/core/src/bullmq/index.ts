export { checkBullmq } from './known-scripts.ts';
export { type StageConsumer, type StageConsumerOptions, stageConsumer } from './stage-consumer.ts';
