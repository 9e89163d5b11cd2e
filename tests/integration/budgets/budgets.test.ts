/** The cost of a run in Redis, on any machine: bench/budgets.json. A commit that raises a budget explains why. */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { commandCounts, commandsBetween } from '../../../bench/measure/commands.mjs';
import { type ChainDeployment, deployChain, GATED, JOINS } from './chain-deployment.ts';

interface Budgets {
  /** EVALSHA, EVAL and BZPOPMIN of the worker, its registration and last empty asks included. */
  round_trips_per_stage: number;
  script_calls_per_run: number;
  /** With the one HGET that finds the pipeline's current version. */
  commands_in_start: number;
  /** By slots. With 50 it depends on how many stages end together; with one it does not. */
  commands_in_scripts_per_run: Record<string, number>;
  /** Of two stages and the one that joins them, with one slot. */
  commands_in_scripts_per_join: Record<keyof typeof JOINS, number>;
  /** Of one stage behind a gate, with one slot: all commands, those that its worker reads with included. */
  per_gated_run: { commands: number; script_calls: number };
  /** MEMORY USAGE; the names of hosts and workers in it are of some bytes more or less. */
  bytes_per_finished_run: number;
}
const budgets = JSON.parse(readFileSync(new URL('../../../bench/budgets.json', import.meta.url), 'utf8')) as Budgets;
const RUNS = 200;

let deployed: ChainDeployment;
beforeEach(async () => {
  deployed = await deployChain();
  return () => deployed.end();
});

/** What Redis was asked meanwhile. */
const costOf = async (doing: () => Promise<unknown>) => {
  const before = await commandCounts(deployed.redis);
  await doing();
  return commandsBetween(before, await commandCounts(deployed.redis));
};

describe.each([1, 50])('a chain of three stages, %i slots', (slots) => {
  test('round trips, script calls and commands inside scripts', async () => {
    await deployed.start(RUNS);
    const { roundTrips, scriptCalls, inner } = await costOf(() => deployed.work(slots, RUNS));
    expect(roundTrips / (3 * RUNS)).toBeLessThanOrEqual(budgets.round_trips_per_stage);
    // With the one that starts the run.
    expect(1 + scriptCalls / RUNS).toBeLessThanOrEqual(budgets.script_calls_per_run);
    expect(inner / RUNS).toBeLessThanOrEqual(budgets.commands_in_scripts_per_run[`slots_${slots}`]!);
  });
});

test.each(['plain', 'by_rule'] as const)('commands inside scripts of a run with a join: %s', async (kind) => {
  const joins = await deployChain(JOINS[kind]);
  try {
    await joins.start(RUNS);
    const before = await commandCounts(joins.redis);
    await joins.work(1, RUNS);
    const { inner } = commandsBetween(before, await commandCounts(joins.redis));
    expect(inner / RUNS).toBeLessThanOrEqual(budgets.commands_in_scripts_per_join[kind]);
  } finally {
    await joins.end();
  }
});

test('commands of a run with a gate', async () => {
  const gated = await deployChain(GATED);
  try {
    await gated.start(RUNS);
    const before = await commandCounts(gated.redis);
    await gated.work(1, RUNS);
    const { inner, scriptCalls } = commandsBetween(before, await commandCounts(gated.redis));
    expect(inner / RUNS).toBeLessThanOrEqual(budgets.per_gated_run.commands);
    expect(scriptCalls / RUNS).toBeLessThanOrEqual(budgets.per_gated_run.script_calls);
  } finally {
    await gated.end();
  }
});

test('a start is one script', async () => {
  await deployed.start(1);
  const { scriptCalls, inner } = await costOf(() => deployed.start(RUNS));
  expect(scriptCalls).toBe(RUNS);
  expect(inner / RUNS).toBeLessThanOrEqual(budgets.commands_in_start);
});

test('bytes of a finished run: its state and its event log', async () => {
  const [id] = await deployed.start(1);
  await deployed.work(1, 1);
  const { redis, keys } = deployed;
  const bytes = await Promise.all(
    [keys.run(id!), keys.events(id!)].map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)),
  );
  expect(bytes.reduce<number>((sum, size) => sum + (size ?? 0), 0)).toBeLessThanOrEqual(budgets.bytes_per_finished_run);
});
