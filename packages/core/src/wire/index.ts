/**
 * Every shape that leaves or enters a process, as a schema and a type, and its conversion between camelCase and
 * snake_case.
 */
export * from './artifact.ts';
export * from './audit.ts';
export * from './deployment.ts';
export * from './event.ts';
export * from './explanation.ts';
export * from './export.ts';
export * from './from-wire.ts';
export * from './gate.ts';
export * from './graph.ts';
export * from './health.ts';
export * from './pipeline.ts';
export * from './problem.ts';
export * from './rerun.ts';
export * from './retry.ts';
export * from './run.ts';
export * from './schedule.ts';
export * from './session.ts';
export * from './time.ts';
export * from './token.ts';
