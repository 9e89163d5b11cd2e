/*
 * Row 6: how long does one script hold Redis? Each case builds a worst input of some scripts and lets them go through
 * it; Redis's own slow log, with every command in it, says how long each call took. Redis runs at real-time priority
 * where that is allowed, so that its time is its own.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startRedis } from '@millrace/core/testing';
import { cannotRun } from '../interleave.mjs';
import { quantile } from '../measure/statistics.mjs';
import { CASES } from './worst-cases.mjs';

/** What is said of a script. A case may call many; those are shown that took longest. */
const SHOWN = 4;
const PREFIX = 'worst';
/** An earlier version whose answers differ may wait for ever for what never comes. */
const BEFORE_MS = 60_000;

export const measure = async ({ versions, rounds, quick, progress }) => {
  const server = await startRedis({
    args: ['--appendonly', 'no', '--save', '', '--slowlog-log-slower-than', '0', '--slowlog-max-len', '200000'],
  });
  const isRealTime = spawnSync('chrt', ['-f', '-p', '50', String(server.pid)]).status === 0;
  const before = versions.find(({ name }) => name === 'before');
  const now = versions.find(({ name }) => name === 'millrace');
  const scale = quick ? 0.02 : 1;
  const lines = [];
  const notes = [];
  try {
    for (const { name, act } of CASES) {
      const earlier = before
        ? await slowestBefore(server, before, act, scale).catch(
            (error) => notes.push(`${name}: ${cannotRun(error)}`) && null,
          )
        : null;
      const each = [];
      for (let round = 0; round < rounds; round++) each.push(await scriptsIn(server, now, act, scale));
      const scripts = leastOf(each).slice(0, SHOWN);
      lines.push(
        ...scripts.map((script, place) => ({
          case: place === 0 ? name : '',
          before_slowest: place === 0 ? earlier : null,
          ...script,
        })),
      );
      progress(`${name}: ${scripts[0]?.script} ${scripts[0]?.slowest} us`);
    }
  } finally {
    await server.stop();
  }
  return {
    title: `Worst script: how long one call holds Redis, us of its own slow log, the least of ${rounds} rounds`,
    real_time: isRealTime,
    cases: lines,
    table: [
      ['case', 'before: slowest us', 'script', 'calls', 'median us', 'p99 us', 'slowest us'],
      ...lines.map((line) => [
        line.case,
        line.case === '' ? '' : line.before_slowest,
        line.script,
        line.calls,
        line.median,
        line.p99,
        line.slowest,
      ]),
    ],
    notes: [
      isRealTime
        ? 'Redis ran at real-time priority'
        : 'Redis ran at the priority of everything else: what the machine took from it is in these times',
      ...notes,
    ],
  };
};

/**
 * Of each script the least of each figure over the rounds: what a script does is the same in each, what the machine
 * takes away is not.
 */
const leastOf = (rounds) =>
  rounds[0]
    .map((script) => {
      const same = rounds.flatMap((scripts) => scripts.filter((other) => other.script === script.script));
      const least = (figure) => Math.min(...same.map((one) => one[figure]));
      return { ...script, median: least('median'), p99: least('p99'), slowest: least('slowest') };
    })
    .sort((a, b) => b.slowest - a.slowest);

/** us of the slowest call of any script; fails where its answers are not those that the case expects. */
const slowestBefore = async (server, before, act, scale) => {
  const [slowest] = await scriptsIn(server, before, act, scale, BEFORE_MS);
  return slowest?.slowest ?? null;
};

/** What a case had its scripts do, the slowest first. `withinMs`: then its connection is cut. */
const scriptsIn = async (server, version, act, scale, withinMs = null) => {
  const { connectRedis, keysOf, redisStore, workOptions } = version.core.redis;
  const { SCRIPTS } = await import(
    pathToFileURL(join(version.root, 'packages/core/dist/redis/scripts.generated.js')).href
  );
  const names = new Map(Object.entries(SCRIPTS).map(([name, { sha }]) => [sha, name]));
  const redis = await connectRedis(server.url, { ...workOptions, silenceMs: 60_000 });
  const cut = withinMs === null ? null : setTimeout(() => redis.disconnect(), withinMs);
  try {
    await redis.flushall();
    for (const { lua } of Object.values(SCRIPTS)) await redis.script('LOAD', lua);
    const watch = (doing) => watched(redis, names, doing);
    return scriptsOf(await act({ redis, store: redisStore(redis, PREFIX), keys: keysOf(PREFIX), scale, watch }));
  } finally {
    clearTimeout(cut);
    redis.disconnect();
  }
};

/** The script calls that Redis ran meanwhile: name and us of each. */
const watched = async (redis, names, doing) => {
  await redis.slowlog('RESET');
  await doing();
  const entries = await redis.slowlog('GET', -1);
  return entries.flatMap(([, , micros, [command, ...args]]) =>
    /^eval/i.test(command) ? [{ script: names.get(args[0]) ?? 'eval', micros }] : [],
  );
};

const scriptsOf = (calls) => {
  const byScript = new Map();
  for (const { script, micros } of calls) byScript.set(script, [...(byScript.get(script) ?? []), micros]);
  return [...byScript]
    .map(([script, times]) => ({
      script,
      calls: times.length,
      median: Math.round(quantile(times, 0.5)),
      p99: Math.round(quantile(times, 0.99)),
      slowest: Math.max(...times),
    }))
    .sort((a, b) => b.slowest - a.slowest);
};
