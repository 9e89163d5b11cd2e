/**
 * Puts one script together: the locals of its arguments, its includes, its lazy functions, its own lines. Comments and blank lines go.
 *
 * - `-- @include file`: that file's lines, once.
 * - `-- @lazy name(args) file tail`: a function whose body is the file (less what the script includes anyway) and the tail: the functions in
 *   it are made only when it is called, which most calls never do.
 * - `-- @record STAGE`: the function unpack_stage, see records.mjs.
 * - Names from the layout tables are replaced, see expand.mjs.
 *
 * Answers the text and, for each of its lines, where it came from ("lib/ready.lua:37").
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expand, fail } from './expand.mjs';
import { refuseUnknownKeys } from './keys.mjs';
import { refuseMoves } from './moves.mjs';
import { unpackFunction } from './records.mjs';
import { headOf } from './signature.mjs';

export const assemble = async (folder, name, signature) => {
  const script = { folder, signature, seen: new Set(), lazies: [] };
  const { includes, own } = await read(script, `${name}.lua`);
  const bodies = [];
  for (const { name: lazy, args, file, tail, from } of script.lazies) {
    // A file that two lazy functions need is in both: neither sees the other's.
    const inner = await read({ ...script, seen: new Set(script.seen), lazies: [] }, file);
    bodies.push({ text: `${lazy} = function${args}`, from }, ...inner.includes, ...inner.own, { text: tail, from }, { text: 'end', from });
  }
  for (const { text, from } of includes) refuseShadow(text, from, signature);
  const head = headOf(signature).map((text) => ({ text, from: `${name}.lua:1` }));
  const lines = [...head, ...includes, ...bodies, ...own];
  return { lua: lines.map(({ text }) => text).join('\n'), origins: lines.map(({ from }) => from) };
};

const read = async (script, file) => {
  if (script.seen.has(file)) return { includes: [], own: [] };
  script.seen.add(file);
  const includes = [];
  const own = [];
  const source = withoutComments(await readFile(path.join(script.folder, file), 'utf8'));
  refuseUnknownKeys(source, file);
  refuseMoves(source, file);
  for (const [at, text] of expand(source, file, script.signature).split('\n').entries()) {
    const from = `${file}:${at + 1}`;
    const include = /^-- @include (\S+)$/.exec(text);
    const record = /^-- @record (\w+)$/.exec(text);
    const lazy = /^-- @lazy (\w+)(\(.*?\)) (\S+) (.+)$/.exec(text);
    if (include) {
      const inner = await read(script, include[1]);
      includes.push(...inner.includes, ...inner.own);
    } else if (lazy) {
      own.push({ text: `local ${lazy[1]}`, from });
      script.lazies.push({ name: lazy[1], args: lazy[2], file: lazy[3], tail: lazy[4], from });
    } else if (record) own.push(...unpackFunction(record[1]).map((line) => ({ text: line, from })));
    else if (text.trim() !== '') own.push({ text, from });
  }
  return { includes, own };
};

/** Leaves every line where it is. */
const withoutComments = (source) =>
  source.replace(/--\[\[[\s\S]*?\]\]/, (comment) => comment.replaceAll(/[^\n]/g, '')).replaceAll(/^[ \t]*--(?! @(?:include|lazy|record) ).*$/gm, '');

/** An include that names a local of its own like an argument would hide it. */
const refuseShadow = (text, from, { args }) => {
  const declared = /^local (?:function )?([\w, ]+)/.exec(text)?.[1].split(/, ?/) ?? [];
  for (const name of declared.map((one) => one.trim())) if (name in args) fail(from, `the local ${name} hides an argument of the script`);
};
