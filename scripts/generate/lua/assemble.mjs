/**
 * Puts one script together: the locals of its arguments, its includes, its lazy functions, its own lines. Comments and
 * blank lines go.
 *
 * - `-- @include file`: that file's lines, once, less the functions that the script never calls.
 * - `-- @lazy name(args) file tail`: a function whose body is the file (less what the script includes anyway) and the
 *   tail: the functions in
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
    const nested = { ...script, seen: new Set(script.seen), lazies: [] };
    const inner = await read(nested, file);
    const body = withoutUnused([...inner.includes, ...inner.own, { text: tail, from }]);
    const shared = sharedLazies(script, nested, body, name);
    bodies.push({ text: `${lazy} = function${args}`, from }, ...body.filter(({ text }) => !shared.has(text)), {
      text: 'end',
      from,
    });
  }
  for (const { text, from } of includes) refuseShadow(text, from, signature);
  const head = headOf(signature).map((text) => ({ text, from: `${name}.lua:1` }));
  const layered = inLayers(includes);
  const ends = layered.flatMap(({ text, from }) => (text === LAYER ? [{ text: 'end)()', from }] : []));
  const lines = withoutUnused([...head, ...layered, ...bodies, ...own, ...ends]);
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
      includes.push({ text: `local ${lazy[1]}`, from });
      script.lazies.push({ name: lazy[1], args: lazy[2], file: lazy[3], tail: lazy[4], from });
    } else if (record) own.push(...unpackFunction(record[1]).map((line) => ({ text: line, from })));
    else if (text.trim() !== '') own.push({ text, from });
  }
  return { includes, own };
};

/**
 * The declarations of lazy functions in a file that is lazy itself. Such a function is the script's own, which has to
 * declare it, too: another local of that name would hide it.
 */
const sharedLazies = (script, nested, body, name) => {
  const text = body.map((line) => line.text).join('\n');
  for (const { name: lazy, from } of nested.lazies) {
    const isCalled = new RegExp(`\\b${lazy}\\(`).test(text);
    if (isCalled && !script.lazies.some((one) => one.name === lazy))
      fail(from, `${name}.lua has to declare @lazy ${lazy} itself`);
  }
  return new Set(nested.lazies.map(({ name: lazy }) => `local ${lazy}`));
};

/** Without the functions that nothing in the script calls: each would be made at every call of it. */
const withoutUnused = (lines) => {
  const text = lines.map((line) => line.text).join('\n');
  for (const [at, { text: first }] of lines.entries()) {
    const name = /^local function (\w+)/.exec(first)?.[1];
    if (!name || text.match(new RegExp(`\\b${name}\\b`, 'g')).length > 1) continue;
    const end = lines.findIndex((line, place) => place > at && line.text === 'end');
    return withoutUnused(lines.filter((_, place) => place < at || place > end));
  }
  return lines;
};

/**
 * Splits the includes into functions inside of each other. A closure copies what it uses of an outer function; what it
 * uses of its own function it searches for among all that was captured there before, which with a hundred locals costs
 * more than all else of making it. One function may use 60 locals of outer ones.
 */
const inLayers = (lines) =>
  lines.flatMap((line, at) => {
    const [file, before] = [line, lines[at - 1]].map((one) => one?.from.split(':')[0]);
    return file !== before && LAYERS.includes(before) ? [{ text: LAYER, from: line.from }, line] : [line];
  });

/** After each of these, if the script has it, a new layer begins. */
const LAYERS = ['lib/clock.lua', 'lib/events.lua', 'lib/jobs.lua'];
const LAYER = 'return (function()';

/** Leaves every line where it is. */
const withoutComments = (source) =>
  source
    .replace(/--\[\[[\s\S]*?\]\]/, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .replaceAll(/^[ \t]*--(?! @(?:include|lazy|record) ).*$/gm, '');

/** An include that names a local of its own like an argument would hide it. */
const refuseShadow = (text, from, { args }) => {
  const declared = /^local (?:function )?([\w, ]+)/.exec(text)?.[1].split(/, ?/) ?? [];
  for (const name of declared.map((one) => one.trim()))
    if (name in args) fail(from, `the local ${name} hides an argument of the script`);
};
