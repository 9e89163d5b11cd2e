export * from './check-redis.ts';
export * from './find-binary.ts';
export * from './resolve-redis.ts';
export { freePort } from './start-server.ts';
export * from './decision.ts';
