/** The API's client: typed HTTP, event streams and the live socket, for Node and browsers. */
export * from './api-error.ts';
export * from './client.ts';
export * from './live.ts';
export type * from './shapes.ts';
