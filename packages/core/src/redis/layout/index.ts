export { luaName } from './fields.ts';
export { BULL_KEYS, CHANNELS, KEYS, type KeyRow } from './keys.ts';
export { SIGNATURES } from './signatures.ts';
