export * from './admin-token.ts';
export * from './config.ts';
export * from './describe-config.ts';
export * from './variables.ts';
