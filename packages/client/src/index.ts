/** The API's client: typed HTTP, event streams and the live socket, for Node and browsers. */
export * from './api-error.ts';
export * from './client.ts';
export * from './every-item.ts';
export type { ChosenLines } from './follow-run.ts';
export * from './live.ts';
export { EVENTS_GONE, type Refusal, type RunFollower } from './run-followers.ts';
export type * from './shapes.ts';
