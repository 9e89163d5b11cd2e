import { KEYS } from './layout/keys.ts';

type Table = typeof KEYS;
/** A function of its placeholders, one text each; a text when it has none. */
type KeyOf<Pattern extends string> = Pattern extends `${string}<${string}>${infer Rest}`
  ? Rest extends `${string}<${string}>${string}`
    ? (first: string, second: string) => string
    : (name: string) => string
  : string;
type TableKeys = { readonly [Name in keyof Table]: KeyOf<Table[Name]['pattern']> };

/** The keys of docs/redis-keys.md, with the root `{prefix}`. */
export const keysOf = (prefix: string) => {
  const root = `{${prefix}}`;
  return {
    root,
    ...channelsOf(root, 0),
    ...(Object.fromEntries(
      Object.entries(KEYS).map(([name, { pattern }]) => [name, keyOf(root + pattern)]),
    ) as TableKeys),
    /** BullMQ's set of unfinished flows: all live runs, by created_at. */
    allLive: `${root}:runs:waiting-children`,
    rateLimits: `${root}/rate`,
    /** BullMQ's prefix, and one of its keys. */
    queuePrefix: root,
    queue: (name: string, part: string) => `${root}:${name}:${part}`,
  };
};

const keyOf = (pattern: string) => {
  const [start, middle, end = ''] = pattern.split(/<\w+>/) as [string, string?, string?];
  return middle === undefined ? start : (first: string, second = '') => start + first + middle + second + end;
};

/** Redis's pub/sub ignores databases: channels of a database other than 0 carry its number. */
export const channelRootOf = (root: string, db: number): string => (db === 0 ? root : `${root}@${db}`);
export const channelsOf = (root: string, db: number) => {
  const channelRoot = channelRootOf(root, db);
  return { feed: `${channelRoot}/feed`, control: `${channelRoot}/control` };
};
export type Keys = ReturnType<typeof keysOf>;
