export * from './held-folder.ts';
export * from './owned-mark.ts';
export { ownedPrefix, ownerOfName } from './owned-name.ts';
export * from './remove-folder.ts';
export * from './sweep-leftovers.ts';
export * from './system-failure.ts';
