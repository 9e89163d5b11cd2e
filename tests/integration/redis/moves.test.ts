/** The state machines and trigger rules of the scripts: exactly those of the tables. */
import { readFile } from 'node:fs/promises';
import {
  decide,
  mayMoveRun,
  mayMoveStage,
  RUN_STATES,
  STAGE_OUTCOMES,
  STAGE_STATES,
  TRIGGER_RULES,
  type TriggerRuleName,
} from '@millrace/core/domain';
import { connectRedis, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { pipelineOf, rigOf } from '@millrace/core/testing/conformance';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { SCRIPTS } from '../../../packages/core/src/redis/scripts.generated.ts';

const PIPELINE = pipelineOf('p', { a: [], b: [] });
let redis: Redis;
let keys: ReturnType<typeof keysOf>;
let rig: ReturnType<typeof rigOf>;

beforeEach(async () => {
  const prefix = isolatedPrefix('moves');
  redis = await connectRedis(inject('redisUrl'), workOptions);
  keys = keysOf(prefix);
  rig = rigOf({
    store: redisStore(redis, prefix),
    feed: { subscribe: () => Promise.reject(new Error('not used')) },
    advanceTime: null,
    close: async () => {},
  });
});
afterEach(() => redis.quit());

const states = () =>
  readFile(new URL('../../../packages/core/src/redis/scripts/lib/states.lua', import.meta.url), 'utf8');

/** Every key of the deployment and what is in it. */
const everything = async () => {
  const names = (await redis.keys(`${keys.root}*`)).sort();
  return Promise.all(names.map(async (name) => [name, await redis.dumpBuffer(name)]));
};

const pairs = <S extends string>(names: readonly S[]): [S, S][] =>
  names.flatMap((from) => names.map((to): [S, S] => [from, to]));

test('the scripts know the moves of the tables', async () => {
  const lua = `${await states()}
    local run, stage = cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
    local answer = {}
    for _, p in ipairs(run) do answer[#answer + 1] = may_move_run(p[1], p[2]) and 1 or 0 end
    for _, p in ipairs(stage) do answer[#answer + 1] = may_move_stage(p[1], p[2]) and 1 or 0 end
    return answer`;
  const answer = await redis.eval(lua, 0, JSON.stringify(pairs(RUN_STATES)), JSON.stringify(pairs(STAGE_STATES)));
  expect(answer).toEqual([
    ...pairs(RUN_STATES).map(([from, to]) => (mayMoveRun(from, to) ? 1 : 0)),
    ...pairs(STAGE_STATES).map(([from, to]) => (mayMoveStage(from, to) ? 1 : 0)),
  ]);
});

test.each(Object.keys(TRIGGER_RULES) as TriggerRuleName[])(
  'the scripts decide by %s as the domain does, for up to four parents',
  async (rule) => {
    const upTo = (n: number) => Array.from({ length: n + 1 }, (_, k) => k);
    const counts = upTo(4).flatMap((total) =>
      upTo(total).flatMap((succeeded) =>
        upTo(total - succeeded).flatMap((failed) =>
          upTo(total - succeeded - failed).flatMap((skipped) =>
            upTo(total - succeeded - failed - skipped).map((cancelled) => ({
              total,
              succeeded,
              failed,
              skipped,
              cancelled,
            })),
          ),
        ),
      ),
    );
    const args = counts.map((one) => [one.total, ...STAGE_OUTCOMES.map((outcome) => one[outcome])]);
    const lua = `${await states()}
    local answer = {}
    for _, c in ipairs(cjson.decode(ARGV[2])) do answer[#answer + 1] = decide(ARGV[1], unpack(c)) end
    return answer`;
    expect(await redis.eval(lua, 0, rule, JSON.stringify(args))).toEqual(counts.map((one) => decide(rule, one)));
  },
);

test('an outcome of a stage whose run has ended is refused and changes nothing but the count of such', async () => {
  const runId = await rig.start(PIPELINE);
  const worker = await rig.worker();
  const claim = await worker.take();
  await redis.hset(keys.run(runId), 'st', 'succeeded');
  const before = await everything();
  expect(await worker.succeed(claim)).toBe('fenced');
  expect(await redis.hget(keys.counters, 'fenced')).toBe('1');
  await redis.del(keys.counters);
  expect(await everything()).toEqual(before);
});

/** From now on the script is run without this text of it. */
const plantFault = (name: keyof typeof SCRIPTS, check: string) => {
  const { sha: faultless, lua } = SCRIPTS[name];
  const faulty = lua.replace(check, '');
  expect(faulty).not.toBe(lua);
  const evalsha = redis.evalsha.bind(redis);
  redis.evalsha = ((sha: string, ...rest: [number, ...string[]]) =>
    sha === faultless ? redis.eval(faulty, ...rest) : evalsha(sha, ...rest)) as typeof redis.evalsha;
};

test('S1: a script with a fault that ends a stage a second time is refused before it has written anything', async () => {
  const runId = await rig.start(PIPELINE);
  const worker = await rig.worker();
  const claim = await worker.take();
  expect(await worker.succeed(claim)).toBe('succeeded');
  const before = await everything();
  plantFault('advance', "s.status ~= 'running' or ");
  await expect(worker.succeed(claim)).rejects.toMatchObject({
    code: 'illegal_transition',
    message: `stage 0 of run ${runId}: succeeded -> succeeded`,
    cause: { message: expect.stringMatching(/\blib\/moves\.lua:\d+: illegal_transition/) as string },
  });
  expect(await everything()).toEqual(before);
});

test('a script with a fault that cancels a run which has ended is refused likewise', async () => {
  const runId = await rig.start(PIPELINE);
  const cancel = () => rig.store.cancelRun({ runId, reason: null, by: null, graceMs: null });
  expect(await cancel()).toMatchObject({ kind: 'cancelled' });
  const before = await everything();
  plantFault('cancel_run', "if is_terminal(run.status) then return 'terminal', run.status end");
  await expect(cancel()).rejects.toMatchObject({
    code: 'illegal_transition',
    message: `run ${runId}: cancelled -> cancelling`,
    cause: { message: expect.stringMatching(/\blib\/cancel\.lua:\d+: illegal_transition/) as string },
  });
  expect(await everything()).toEqual(before);
});
