/** Refuses a key expression in a Lua source that is no key of packages/core/src/redis/layout/keys.ts. */
import { BULL_KEYS, CHANNELS, KEYS } from '../../../packages/core/dist/redis/layout/index.js';
import { fail } from './expand.mjs';

const anyName = (pattern) => pattern.replaceAll(/<\w+>/g, '<>');
const OF_KEYS = [...Object.values(KEYS), ...BULL_KEYS].map(({ pattern }) => anyName(pattern));
const OF_CHANNELS = Object.values(CHANNELS).map(({ pattern }) => anyName(pattern));

/**
 * What a script builds keys from: the two roots, a queue's keys without their last part, and keys that get a suffix.
 */
const CHAIN =
  /(?<![\w.'])(R|C|base|parent|(?:\w+\.)?(?:\w+_)?key)((?: \.\. (?:'[^']*'|[\w.]+(?:\[\w+\])?(?:\([^()]*\)(?:\.\w+)?)?|\([^()]*\)))+)/g;
/** A text that looks like the rest of a key. */
const LITERAL = /'([/:][a-z_]{2,}[^' ]*)'/g;

export const refuseUnknownKeys = (source, file) => {
  const refuse = (text, at) =>
    fail(`${file}:${source.slice(0, at).split('\n').length}`, `${text} is no key of layout/keys.ts`);
  for (const { 0: text, 1: start, 2: parts, index } of source.matchAll(CHAIN))
    if (!isKnown(start, patternOf(parts))) refuse(text, index);
  for (const { 1: text, index } of source.matchAll(LITERAL))
    if (![...OF_KEYS, ...OF_CHANNELS].some((key) => key.includes(text))) refuse(text, index);
};

const patternOf = (parts) =>
  parts
    .split(' .. ')
    .slice(1)
    .map((part) => (part.startsWith("'") ? part.slice(1, -1) : '<>'))
    .join('');

const isKnown = (start, pattern) => {
  if (start === 'C') return OF_CHANNELS.includes(pattern);
  // The start of a queue's keys is `base`; a list of suffixes is checked text by text.
  if (start === 'R') return OF_KEYS.includes(pattern) || pattern === ':<>:' || pattern === '<>';
  if (start === 'base') return OF_KEYS.includes(`:<>:${pattern}`);
  return OF_KEYS.some((key) => key.endsWith(pattern));
};
