export { luaName } from './fields.ts';
export { BULL_KEYS, CHANNELS, KEYS, type KeyRow } from './keys.ts';
export { CODES, HASH_RECORDS, JSON_RECORDS, LIST_RECORDS, PACKED_RECORDS } from './records.ts';
export { SIGNATURES } from './signatures.ts';
