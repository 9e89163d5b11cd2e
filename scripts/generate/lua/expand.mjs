/**
 * Replaces the names of the layout tables in a source text by what they stand for, so that they cost nothing when the
 * script runs:
 *
 * - `reply { kind = a, expand = b }` -> `{ a, b }`, in the order of the script's signature, which needs every member
 *   once
 * - `decide { rule = …, total = …, … }` -> a call of lib/states.lua's function
 * - `reply.expand` -> its place in such a reply
 * - `slots.first`, `slots.stride`, `slots.payload` -> numbers, for a script whose tail is `slots`
 * - `RUN.status` -> `'st'`, the field of the run's hash; `TIMER_KIND.run` -> `'r'`, a code
 * - `CLAIM.match(text, job, fence)`, `CLAIM.pack { … }` …: see records.mjs
 *
 * The lines of the text stay where they are.
 */
import { DECIDE_BY } from '../lua-states.mjs';
import { storedName, useOf } from './records.mjs';
import { placeOf } from './signature.mjs';

export const fail = (from, message) => {
  throw new Error(`${from}: ${message}`);
};

export const expand = (source, file, signature) => {
  const byHand = /\bARGV\[\d+\]/.exec(source);
  if (byHand) fail(placeIn(file, source.slice(0, byHand.index)), `${byHand[0]} has a name, see layout/signatures.ts`);
  const bare = BARE_FIELD.exec(source);
  if (bare) fail(placeIn(file, source.slice(0, bare.index)), `${bare[0]} has a name, see layout/records.ts`);
  const withCalls = expandCalls(source, file, 0, signature);
  return withCalls.replaceAll(/(?<![\w./'])([A-Za-z_]+)\.(\w+)/g, (name, owner, member, at) => {
    const value = storedName(owner, member) ?? placeOf(signature, owner, member);
    if (value === null || (value === undefined && storedName(owner, member) === null))
      fail(placeIn(file, withCalls.slice(0, at)), `${name} is not declared`);
    return value ?? name;
  });
};

/** A field of a run's or a plan's hash, by its name in Redis. */
const BARE_FIELD = /\.set\.\w+|\.set\['\w+'|'H\w+', run\.(?:key|plan), '\w+'/;

const placeIn = (file, before) => `${file}:${before.split('\n').length}`;

/** `reply {`, `decide {`, `NAME.verb {` or `NAME.verb(`, up to the bracket's end. Line breaks inside go behind it. */
const CALL = /(?<![\w./'])(?:(reply|decide) \{|([A-Z][A-Z_]+)\.(\w+)(?: \{|\())/;

const expandCalls = (source, file, linesBefore, signature) => {
  let done = '';
  let rest = source;
  for (let match = CALL.exec(rest); match; match = CALL.exec(rest)) {
    const start = match.index + match[0].length;
    const end = endOf(rest, start);
    const inner = rest.slice(start, end);
    done += rest.slice(0, match.index);
    const lines = linesBefore + done.split('\n').length - 1;
    const value = valueOf(match, expandCalls(inner, file, lines, signature), `${file}:${lines + 1}`, signature);
    done += (value ?? rest.slice(match.index, end + 1)) + (value ? '\n'.repeat(inner.split('\n').length - 1) : '');
    rest = rest.slice(end + 1);
  }
  return done + rest;
};

const valueOf = ([call, named, record, verb], inner, from, signature) => {
  const valuesInOrder = (names) => inOrder(names, membersOf(inner, from), from);
  if (named === 'decide') return `decide(${valuesInOrder(DECIDE_BY).join(', ')})`;
  if (named) return `{ ${valuesInOrder(signature.reply ?? []).join(', ')} }`;
  const members = { inOrder: valuesInOrder, names: () => Object.keys(membersOf(inner, from)) };
  return useOf(record, verb, call.endsWith('(') ? splitAtCommas(inner) : [], members, (message) =>
    fail(from, `${record}.${verb}: ${message}`),
  );
};

/** Where the bracket ends that is open at `from`. */
const endOf = (source, from) => {
  let depth = 1;
  for (let at = from; at < source.length; at++) {
    if (source[at] === "'") at = source.indexOf("'", at + 1);
    else if ('({['.includes(source[at])) depth += 1;
    else if (')}]'.includes(source[at]) && --depth === 0) return at;
  }
  throw new Error('a bracket is not closed');
};

/** `a = x, b = f(y, z)` as { a: 'x', b: 'f(y, z)' }. */
const membersOf = (text, from) =>
  Object.fromEntries(
    splitAtCommas(text).map((member) => {
      const [, name, value] = /^(\w+) = ([\s\S]+)$/.exec(member) ?? fail(from, `"${member}" is not name = value`);
      return [name, value];
    }),
  );

export const splitAtCommas = (text) => {
  const parts = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "'") at = text.indexOf("'", at + 1);
    else if ('({['.includes(text[at])) at = endOf(text, at + 1);
    else if (text[at] === ',') {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim().replaceAll(/\s*\n\s*/g, ' ')).filter((part) => part !== '');
};

export const inOrder = (names, values, from) => {
  for (const name of Object.keys(values)) if (!names.includes(name)) fail(from, `${name} is not declared`);
  return names.map((name) => values[name] ?? fail(from, `${name} is missing`));
};
