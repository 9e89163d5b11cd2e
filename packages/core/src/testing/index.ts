export * from './expect-no-keys.ts';
export * from './isolated-prefix.ts';
export * from './redis-server.ts';
export * from './wait-for.ts';
