/*
 * Row 6: how long does one script hold Redis? Each case builds a worst input of some scripts and lets them go through it; Redis's own slow log, with
 * every command in it, says how long each call took. Redis runs at real-time priority where that is allowed, so that its time is its own.
 */
import { spawnSync } from 'node:child_process';
import { connectRedis, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { startRedis } from '@millrace/core/testing';
import { SCRIPTS } from '../../packages/core/dist/redis/scripts.generated.js';
import { quantile } from '../measure/statistics.mjs';
import { CASES } from './worst-cases.mjs';

const NAMES = new Map(Object.entries(SCRIPTS).map(([name, { sha }]) => [sha, name]));
/** What is said of a script. A case may call many; those are shown that took longest. */
const SHOWN = 4;
const PREFIX = 'worst';

export const measure = async ({ quick, progress }) => {
  const server = await startRedis({ args: ['--appendonly', 'no', '--save', '', '--slowlog-log-slower-than', '0', '--slowlog-max-len', '200000'] });
  const isRealTime = spawnSync('chrt', ['-f', '-p', '50', String(server.pid)]).status === 0;
  const redis = await connectRedis(server.url, { ...workOptions, silenceMs: 60_000 });
  const lines = [];
  try {
    for (const { name, act } of CASES) {
      await redis.flushall();
      for (const { lua } of Object.values(SCRIPTS)) await redis.script('LOAD', lua);
      const store = redisStore(redis, PREFIX);
      const watch = (doing) => watched(redis, doing);
      const calls = await act({ redis, store, keys: keysOf(PREFIX), scale: quick ? 0.02 : 1, watch });
      const scripts = scriptsOf(calls).slice(0, SHOWN);
      lines.push(...scripts.map((script, place) => ({ case: place === 0 ? name : '', ...script })));
      progress(`${name}: ${scripts[0]?.script} ${scripts[0]?.slowest} us`);
    }
  } finally {
    await redis.quit();
    await server.stop();
  }
  return {
    title: 'Worst script: how long one call holds Redis, us of its own slow log',
    real_time: isRealTime,
    cases: lines,
    table: [
      ['case', 'script', 'calls', 'median us', 'p99 us', 'slowest us'],
      ...lines.map((line) => [line.case, line.script, line.calls, line.median, line.p99, line.slowest]),
    ],
    notes: isRealTime ? ['Redis ran at real-time priority'] : ['Redis ran at the priority of everything else: what the machine took from it is in these times'],
  };
};

/** The script calls that Redis ran meanwhile: name and us of each. */
const watched = async (redis, doing) => {
  await redis.slowlog('RESET');
  await doing();
  const entries = await redis.slowlog('GET', -1);
  return entries.flatMap(([, , micros, [command, ...args]]) => (/^eval/i.test(command) ? [{ script: NAMES.get(args[0]) ?? 'eval', micros }] : []));
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
