/**
 * Replaces the names of the layout tables in a source text by what they stand for, so that they cost nothing when the script runs:
 *
 * - `reply { kind = a, expand = b }` -> `{ a, b }`, in the order of the script's signature, which needs every member once
 * - `reply.expand` -> its place in such a reply
 * - `slots.first`, `slots.stride`, `slots.payload` -> numbers, for a script whose tail is `slots`
 *
 * The lines of the text stay where they are.
 */
import { placeOf } from './signature.mjs';

export const fail = (from, message) => {
  throw new Error(`${from}: ${message}`);
};

export const expand = (source, file, signature) => {
  const byHand = /\bARGV\[\d+\]/.exec(source);
  if (byHand) fail(placeIn(file, source.slice(0, byHand.index)), `${byHand[0]} has a name, see layout/signatures.ts`);
  const withReplies = replaceCalls(source, /\breply \{/, (members, before) => {
    const from = placeIn(file, before);
    return `{ ${inOrder(signature.reply ?? [], membersOf(members, from), from).join(', ')} }`;
  });
  return withReplies.replaceAll(/(?<![\w./])([a-z_]+)\.(\w+)/g, (name, owner, member, at) => {
    const number = placeOf(signature, owner, member);
    return number === undefined ? name : (number ?? fail(placeIn(file, withReplies.slice(0, at)), `${name} is not declared`));
  });
};

const placeIn = (file, before) => `${file}:${before.split('\n').length}`;

/** Replaces each `opening … }`, keeping its line breaks behind it. */
const replaceCalls = (source, opening, replacement) => {
  let done = '';
  let rest = source;
  for (let match = opening.exec(rest); match; match = opening.exec(rest)) {
    const from = match.index + match[0].length;
    const end = endOf(rest, from);
    const inner = rest.slice(from, end);
    done += rest.slice(0, match.index);
    done += replacement(inner, done) + '\n'.repeat(inner.split('\n').length - 1);
    rest = rest.slice(end + 1);
  }
  return done + rest;
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
