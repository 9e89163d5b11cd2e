export * from './admin-token.ts';
export * from './config.ts';
export * from './data-folder.ts';
export * from './describe-config.ts';
export * from './open-data-folder.ts';
export * from './token-strength.ts';
export * from './variables.ts';
