import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { UnderWay } from '../run-cases.ts';

/** The API answered nobody for so long, while a server that does nothing answered at once. */
export interface Stall {
  readonly ms: number;
  /** Of the server beside it, in the same time. */
  readonly controlMs: number;
  /** Some of the cases that were under way. */
  readonly cases: readonly string[];
}

export interface Stalls {
  readonly asked: number;
  readonly worstMs: number;
  readonly worstControlMs: number;
  /** Those that are not the machine's, the longest first. */
  readonly stalls: readonly Stall[];
}

/** The machine stood still too when the server beside it took more than this, ms. */
const CONTROL_MS = 80;

/** Begins to ask an open address of the API; the answer ends it. */
export const watchStalls = async (url: string, underWay: UnderWay): Promise<() => Promise<Stalls>> => {
  const prober = fork(fileURLToPath(new URL('prober.mjs', import.meta.url)), [url], { execArgv: [] });
  const stalls: Stall[] = [];
  let done: Omit<Stalls, 'stalls'> | null = null;
  prober.on('message', (message: { late?: { from: number; to: number; ms: number; controlMs: number }; done?: Omit<Stalls, 'stalls'> }) => {
    if (message.done) done = message.done;
    const { late } = message;
    if (late && late.controlMs <= CONTROL_MS) stalls.push({ ms: late.ms, controlMs: late.controlMs, cases: underWay.at(late.from, late.to).slice(-40) });
  });
  await once(prober, 'message');
  return async () => {
    prober.send('stop');
    await once(prober, 'exit');
    return { asked: 0, worstMs: 0, worstControlMs: 0, ...done, stalls: stalls.toSorted((one, other) => other.ms - one.ms) };
  };
};
