/** The assembled Lua: it parses, leaks no global, and names its arguments and answers like its signature. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jobIdOf, type RunId, STAGE_OUTCOMES } from '../../../packages/core/src/domain/index.ts';
import { pack } from '../../../packages/core/src/redis/layout/packed.ts';
import { JOB } from '../../../packages/core/src/redis/layout/records.ts';
import { argsOf } from '../../../packages/core/src/redis/script.ts';
import { SCRIPTS } from '../../../packages/core/src/redis/scripts.generated.ts';
import luaparse from 'luaparse';
import { afterAll, describe, expect, test } from 'vitest';

const ALLOWED = new Set([
  'KEYS',
  'ARGV',
  'redis',
  'cjson',
  'string',
  'math',
  'table',
  'tonumber',
  'pairs',
  'ipairs',
  'next',
  'unpack',
  'error',
]);

const globalsOf = (lua: string): string[] => {
  const ast = luaparse.parse(lua, { scope: true, luaVersion: '5.1' }) as unknown as { globals: { name: string }[] };
  return ast.globals.map(({ name }) => name).filter((name) => !ALLOWED.has(name));
};

describe.each(Object.entries(SCRIPTS))('%s', (_name, { lua }) => {
  test('leaks no global', () => {
    expect(globalsOf(lua)).toEqual([]);
  });
});

test('a leaked global is found', () => {
  expect(globalsOf('local a = 1\nleaked = a')).toEqual(['leaked']);
});

/** What these tests use of the generator, which is plain JavaScript. */
interface Generator {
  assemble(folder: string, name: string, signature: unknown): Promise<{ lua: string; origins: readonly string[] }>;
  signatureOf(row: unknown): unknown;
}

describe('signatures', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-lua-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const generator = (file: string): Promise<Generator> =>
    import(path.resolve(import.meta.dirname, '../../../scripts/generate/lua', file));
  const { assemble } = await generator('assemble.mjs');
  const { signatureOf } = await generator('signature.mjs');
  const says = (kind: string) => ({ kind, optional: false, says: '' });
  const SIGNATURE = signatureOf({
    args: { runId: says('text'), ttlMs: says('ms') },
    tail: { name: 'slots', each: { slot: says('text'), payload: says('text') } },
    reply: { kind: says('text'), nextDueAt: says('ms') },
  });
  const assembled = async (source: string, included = '') => {
    writeFileSync(path.join(folder, 'some.lua'), source);
    writeFileSync(path.join(folder, 'lib.lua'), included);
    return (await assemble(folder, 'some', SIGNATURE)).lua;
  };

  test('arguments become locals, the rest and replies go by name', async () => {
    const source = `for at = slots.first, #ARGV, slots.stride do f(ARGV[at + slots.payload]) end
local a = { slots_left = 1 }
replies[1] = reply {
  next_due_at = max(run_id, { 1, 2 }), kind = 'a, b',
}
replies[1][reply.next_due_at] = 1`;
    expect(await assembled(source)).toBe(`local run_id, ttl_ms = ARGV[1], ARGV[2]
for at = 3, #ARGV, 2 do f(ARGV[at + 1]) end
local a = { slots_left = 1 }
replies[1] = { 'a, b', max(run_id, { 1, 2 }) }
replies[1][2] = 1`);
  });

  test('the names of records become what Redis has', async () => {
    const source = `return RUN.status, RUN.output .. i, RUN.fields(version, params)
return JOB.match(id, run, generation), DEPENDANT.each(text, index, name)
return CLAIM.pack { job = JOB.pack { run = id, stage = i, generation = a or '1' }, since = 1,
  fence = f, stage = s }
return CLAIM.prefix { fence = f, job = j }, TIMER_KIND.run, LIST.items
return decide { total = 2, rule = r, succeeded = s, skipped = 0, failed = 0, cancelled = 0 }
return SUSPECT.list { job = j, queue = q }
return EVENT.array { seq = 1, at = 2, type = 'a', stage = s, attempt = 0, generation = 3, data = 'null' }`;
    expect((await assembled(source)).split('\n').slice(1)).toEqual([
      "return 'st', 'o' .. i, 'v', 'p'",
      "return string.match(id, '^([^.]+)%.%d+%.(%d+)$'), string.gmatch(text, '(%d+):%d+:[^:]+:([^:]+):%d+:%d+:%d+')",
      "return (id .. '.' .. i .. '.' .. (a or '1')) .. ' ' .. f .. ' ' .. 1 .. ' ' .. s",
      "return j .. ' ' .. f .. ' ', 'r', 100",
      `return decide(r, 2, ${STAGE_OUTCOMES.map((outcome) => (outcome === 'succeeded' ? 's' : '0')).join(', ')})`,
      'return { q, j }',
      "return '[' .. 1 .. ',' .. 2 .. ',\"a\",\"' .. s .. '\",' .. 0 .. ',' .. 3 .. ',null]'",
    ]);
  });

  test.each([
    ['return 1\nreturn ARGV[2]', 'some.lua:2: ARGV[2] has a name'],
    ["return reply { kind = '' }", 'some.lua:1: next_due_at is missing'],
    ["return reply { kind = '', next_due_at = 0, extra = 1 }", 'some.lua:1: extra is not declared'],
    ['return ARGV[1 + slots.none]', 'some.lua:1: slots.none is not declared'],
    ['-- @include lib.lua', 'lib.lua:2: the local ttl_ms hides an argument'],
    ['run.set.st = 1', 'some.lua:1: .set.st has a name'],
    ["return call('HGET', run.key, 'st')", "some.lua:1: 'HGET', run.key, 'st' has a name"],
    ['return RUN.none', 'some.lua:1: RUN.none is not declared'],
    ["run.status = 'failed'", 'some.lua:1: a status changes in lib/moves.lua only'],
    ["call('HSET', run.key, RUN.status, 'failed')", 'some.lua:1: a status is stored in lib/runs.lua only'],
    ['run.set[RUN.stage .. i] = text', 'some.lua:1: a status is stored in lib/runs.lua only'],
    ['return STAGE.packed(s)', 'some.lua:1: a status is stored in lib/runs.lua only'],
    ['return TIMER_KIND.none', 'some.lua:1: TIMER_KIND.none is not declared'],
    ['return CLAIM.prefix { fence = 1 }', 'some.lua:1: CLAIM.prefix: not its first fields: fence'],
    ['return decide { rule = 1 }', 'some.lua:1: total is missing'],
    ['return CLAIM.match(text, fence, job)', 'some.lua:1: CLAIM.match: not fields of it in its order: fence, job'],
    ['return HOLDER.pack { run = 1, fence = 2 }', 'some.lua:1: since is missing'],
    [
      "return call('GET', R .. '/run/' .. run_id .. '/none')",
      "some.lua:1: R .. '/run/' .. run_id .. '/none' is no key",
    ],
    ["return call('GET', R .. '/run')", "some.lua:1: R .. '/run' is no key"],
    ["return call('GET', key .. '/none')", "some.lua:1: key .. '/none' is no key"],
    ["return call('GET', base .. 'none')", "some.lua:1: base .. 'none' is no key"],
    ["for _, set in ipairs({ ':runs:none' }) do call('GET', R .. set) end", 'some.lua:1: :runs:none is no key'],
  ])('%s is refused', async (source, refusal) => {
    await expect(assembled(source, '\nlocal a, ttl_ms = 1, 2')).rejects.toThrow(refusal);
  });

  test("a job's id is the same in the domain and in the layout", () => {
    expect(pack(JOB, { run: 'r', stage: 3, generation: 1 })).toBe(jobIdOf('r' as RunId, 3, 1));
  });

  test('arguments are sent in the order of the table, whatever that of the caller', () => {
    const slots = [{ payload: '', outcome: null, fetch: true, slot: '0' }];
    expect(argsOf('advance', { slots, random: 0.5, queue: 'q', worker: 'w' })).toEqual([
      'w',
      'q',
      0.5,
      '0',
      '1',
      '',
      '',
    ]);
    // @ts-expect-error: an argument is missing
    expect(argsOf('keep_lease', { worker: 'w' })).toHaveLength(2);
    // @ts-expect-error: there is no such argument
    expect(argsOf('keep_lease', { worker: 'w', ttlMs: 1, more: 1 })).toHaveLength(2);
    // @ts-expect-error: a duration is a number
    expect(argsOf('keep_lease', { worker: 'w', ttlMs: '1' })).toHaveLength(2);
    const slot = { slot: '0', fetch: true, payload: '' };
    // @ts-expect-error: a slot lacks its outcome
    expect(argsOf('advance', { worker: 'w', queue: 'q', random: 0, slots: [slot] })).toHaveLength(7);
  });
});
