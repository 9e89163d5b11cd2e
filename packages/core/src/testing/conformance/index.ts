export * from './check-overlap.ts';
export * from './check-run-log.ts';
export * from './pipelines.ts';
export { play } from './play.ts';
export * from './random-runs.ts';
export { type Harness, type MakeStore, newRunId, retryOf, type Rig, rigOf, startOf } from './rig.ts';
export { scenarios } from './scenario.ts';
export * from './store-conformance.ts';
export * from './test-worker.ts';
