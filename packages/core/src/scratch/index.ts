export * from './system-failure.ts';
