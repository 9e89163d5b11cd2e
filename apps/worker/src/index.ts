export { composeWorker } from './compose.ts';
export { createWorker, type WorkerOptions } from './worker.ts';
