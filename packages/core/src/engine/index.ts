export { cancelRun, expandFully } from './cancel-run.ts';
export { type PlannedRun, planRun, startRun, type StartRequest } from './start-run.ts';
export { unknownName } from './unknown-name.ts';
