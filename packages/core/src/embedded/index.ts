export { askRedis } from './ask-redis.ts';
export * from './check-redis.ts';
export * from './decision.ts';
export { fetchByApt, fetchPackages, whyNoApt } from './fetch-by-apt.ts';
export * from './find-binary.ts';
export { withFolderLock } from './folder-lock.ts';
export { identityOf, isAlive } from './process-identity.ts';
export * from './resolve-redis.ts';
export { freePort } from './start-server.ts';
