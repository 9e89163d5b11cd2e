export * from './hide-secrets.ts';
