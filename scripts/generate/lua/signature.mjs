/** A script's arguments and reply in Lua, from its row of packages/core/src/redis/layout/signatures.ts. */
import { luaName } from '../../../packages/core/dist/redis/layout/index.js';

/** A row with its names as they are in Lua. */
export const signatureOf = ({ args, tail, reply }) => ({
  args: luaNames(args),
  tail: tail && {
    name: luaName(tail.name),
    first: Object.keys(args).length + 1,
    each: Object.keys(luaNames(tail.each)),
  },
  // A reply of one value needs no names.
  reply: typeof reply.kind === 'string' ? null : Object.keys(luaNames(isEach(reply) ? reply.each : reply)),
});

const isEach = (reply) => reply.each !== undefined;
const luaNames = (fields) => Object.fromEntries(Object.entries(fields).map(([name, field]) => [luaName(name), field]));

/** Arguments are texts, as they were sent. */
export const headOf = ({ args }) => {
  const names = Object.keys(args);
  if (names.length === 0) return [];
  return [`local ${names.join(', ')} = ${names.map((_, at) => `ARGV[${at + 1}]`).join(', ')}`];
};

/**
 * The number that `owner.member` stands for: null when it has no such member, undefined when no list of the signature
 * has that name.
 */
export const placeOf = ({ tail, reply }, owner, member) => {
  if (owner === 'reply') return offsetIn(reply ?? [], member, 1);
  if (owner !== tail?.name) return undefined;
  if (member === 'first') return tail.first;
  return member === 'stride' ? tail.each.length : offsetIn(tail.each, member, 0);
};

const offsetIn = (names, member, base) => (names.includes(member) ? names.indexOf(member) + base : null);
