export * from './clock.ts';
export * from './memory-store.ts';
