export * from './fs-artifact-store.ts';
