import { randomUUID } from 'node:crypto';
import type { Gate, GateActor, GateId, RunId } from '@millrace/core/domain';
import type { GateAnswer, Store } from '@millrace/core/ports';
import { connectRedis, type Keys, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { checkRunLog, openingOf, pipelineOf, type Rig, rigOf, testWorker } from '@millrace/core/testing/conformance';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';

let redis: Redis;
let keys: Keys;
let store: Store;
let rig: Rig;
beforeEach(async () => {
  const prefix = isolatedPrefix('gates');
  redis = await connectRedis(inject('redisUrl'), workOptions);
  keys = keysOf(prefix);
  store = redisStore(redis, prefix);
  rig = rigOf({ store, feed: { subscribe: async () => async () => {} }, advanceTime: null, close: async () => {} });
});
afterEach(() => redis.quit());

const PEOPLE: readonly GateActor[] = [
  { name: 'ann', role: 'operator' },
  { name: 'bob', role: 'operator' },
];

/** Gates that wait, each of a run of its own. */
const openMany = async (count: number, timeout: number | null): Promise<readonly Gate[]> => {
  const pipeline = pipelineOf('p', {
    g: { gate: { kind: 'stage', timeout, onTimeout: timeout === null ? null : 'fail' } },
  });
  await rig.register(pipeline);
  const worker = await testWorker(rig);
  const gates: Gate[] = [];
  while (gates.length < count) {
    const some = Math.min(200, count - gates.length);
    await Promise.all(Array.from({ length: some }, () => rig.ask(pipeline)));
    for (let at = 0; at < some; at += 25) {
      const claims = await store.advanceAll(
        Array.from({ length: Math.min(25, some - at) }, (_, slot) => ({
          worker: worker.id,
          queue: 'default',
          slot: `${slot}`,
          outcome: null,
          fetch: true,
        })),
      );
      await store.advanceAll(
        claims.map(({ claim }, slot) => ({
          worker: worker.id,
          queue: 'default',
          slot: `${slot}`,
          outcome: { ...claim!, result: { kind: 'gate' as const, opening: openingOf(pipeline, 'g') } },
          fetch: false,
        })),
      );
      for (const { claim } of claims) gates.push((await store.gateOfStage(claim!.runId, claim!.stage))!);
    }
  }
  return gates;
};

const decide = (gate: Pick<Gate, 'gateId' | 'shownDigest'>, by: GateActor, verb: 'approve' | 'reject') =>
  store.decideGate({
    gateId: gate.gateId,
    verb,
    by,
    shownDigest: gate.shownDigest,
    notes: null,
    values: null,
    backTo: null,
    commandId: randomUUID(),
  });

test('S19 1,000 gates decided twice at the moment of their deadline: one decision each', async () => {
  const gates = await openMany(1_000, 60_000);
  // Their deadline is now, wherever the others are.
  const [first] = gates;
  const now = await store.now();
  const due = redis.pipeline();
  for (const { runId, openedAt } of gates) {
    const field = 's:g.1.1';
    const state = (await redis.hget(keys.runGates(runId), field))!;
    const deadline = String(openedAt + 60_000);
    due.hset(keys.runGates(runId), field, state.replace(` ${deadline} `, ` ${now + 300} `));
    due.zadd(keys.timers, now + 300, `g:${runId}.g.1.1`);
  }
  await due.exec();
  expect((await store.gate(first!.gateId))!.deadline).toBe(now + 300);
  await rig.pass(Math.max(0, now + 300 - (await store.now()) - 150));
  const answers = new Map<GateId, GateAnswer[]>();
  const fire = async (): Promise<void> => {
    for (let more = true; more; ) more = (await store.fireTimeouts(100)) > 0 || (await store.now()) < now + 320;
  };
  await Promise.all([
    fire(),
    ...gates.flatMap((gate, at) =>
      PEOPLE.map(async (by, who) => {
        const answer = await decide(gate, by, (at + who) % 2 === 0 ? 'approve' : 'reject');
        answers.set(gate.gateId, [...(answers.get(gate.gateId) ?? []), answer]);
      }),
    ),
  ]);
  await fire();
  const seen = { person: 0, deadline: 0 };
  for (const gate of gates) {
    const won = answers.get(gate.gateId)!.filter(({ kind }) => kind === 'decided');
    const { decision } = (await store.gate(gate.gateId))!;
    expect(won.length).toBe(decision!.via === 'person' ? 1 : 0);
    expect(answers.get(gate.gateId)!.every(({ kind }) => kind === 'decided' || kind === 'closed')).toBe(true);
    seen[decision!.via as 'person' | 'deadline'] += 1;
    const log = (await store.events(gate.runId, { afterSeq: 0, limit: 100 }))!;
    expect(log.filter(({ type }) => type === 'gate.decided')).toHaveLength(1);
    expect(checkRunLog(rig.pipelines[0]!, log, await store.run(gate.runId))).toEqual([]);
  }
  expect(seen.person + seen.deadline).toBe(1_000);
  expect(await store.pendingGates(rig.pipelines.map(({ name }) => name))).toEqual({});
}, 60_000);

test('the inbox of a person costs what it shows, however many gates wait', async () => {
  const gates = await openMany(300, null);
  // As if each waited in 10,000: the lists alone grow.
  const others = redis.pipeline();
  for (let at = 0; at < 10_000; at++)
    for (const key of [keys.gates, keys.principalGates('role:admin')])
      others.zadd(key, 9e12 + at, `${randomUUID()}.g.1.1`);
  await others.exec();
  let sent = 0;
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...command: Parameters<Redis['sendCommand']>) => {
    sent += 1;
    return send(...command);
  };
  const page = await store.gates({ status: 'pending', pipeline: null, mine: PEOPLE[0]!, limit: 50, cursor: null });
  expect(page.items.map(({ gateId }) => gateId)).toHaveLength(50);
  expect(gates.slice(0, 60).map(({ gateId }) => gateId)).toEqual(expect.arrayContaining([page.items[0]!.gateId]));
  // Two commands for each gate that is looked at, two lists, and the clock.
  expect(sent).toBeLessThanOrEqual(2 * 51 + 5);
});

test('a gate that is closed is in no list and has no timer; its run takes the rest along', async () => {
  const [gate] = await openMany(1, 60_000);
  await decide(gate!, PEOPLE[0]!, 'approve');
  for (const key of [keys.timers, keys.gates, keys.pipelineGates('p'), keys.principalGates('role:operator')])
    expect(await redis.exists(key)).toBe(0);
  expect(await redis.zcard(keys.closedGates)).toBe(1);
  expect(await store.pruneRuns({ count: 0, ageMs: 0 }, 10)).toBe(1);
  for (const key of [keys.closedGates, keys.runGates(gate!.runId)]) expect(await redis.exists(key)).toBe(0);
});

test('the sweep puts back what was lost of a waiting gate', async () => {
  const [gate] = await openMany(1, 60_000);
  const { runId, gateId } = gate!;
  const all = [keys.gates, keys.pipelineGates('p'), keys.principalGates('role:operator')];
  await redis.del(...all);
  await redis.zrem(keys.timers, `g:${gateId}`);
  await sweep();
  for (const key of all) expect(await redis.zscore(key, gateId)).toBe(`${gate!.openedAt}`);
  expect(await redis.zscore(keys.timers, `g:${gateId}`)).toBe(`${gate!.deadline!}`);
  expect((await eventsOf(runId)).at(-1)).toMatchObject({ type: 'run.repaired', data: { repairs: ['gate:g'] } });
  const length = (await eventsOf(runId)).length;
  await sweep();
  expect((await eventsOf(runId)).length).toBe(length);
});

const sweep = async (): Promise<void> => {
  for (let cursor: string | null = null; cursor !== '0'; ) ({ cursor } = await store.reconcile(cursor ?? '0', 100, 0));
};
const eventsOf = async (runId: RunId) => (await store.events(runId, { afterSeq: 0, limit: 100 }))!;
