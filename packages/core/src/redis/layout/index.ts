export { luaName } from './fields.ts';
export { SIGNATURES } from './signatures.ts';
