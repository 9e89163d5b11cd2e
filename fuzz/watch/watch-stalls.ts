import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { UnderWay } from '../run-cases.ts';

/** The API answered nobody for so long, while a server that does nothing answered at once. */
export interface Stall {
  readonly ms: number;
  /** Of those it waited for a processor. */
  readonly waitedMs: number;
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

/** A stall is what neither the wait for a processor nor the server beside it explains, beyond this, ms. */
const STALL_MS = 200;

interface Late {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
  readonly waitedMs: number;
  readonly controlMs: number;
}

/** Begins to ask an open address of the API; the answer ends it. */
export const watchStalls = async (url: string, pid: number, underWay: UnderWay): Promise<() => Promise<Stalls>> => {
  const prober = fork(fileURLToPath(new URL('prober.mjs', import.meta.url)), [url, String(pid)], { execArgv: [] });
  const stalls: Stall[] = [];
  let done: Omit<Stalls, 'stalls'> | null = null;
  prober.on('message', (message: { late?: Late; done?: Omit<Stalls, 'stalls'> }) => {
    if (message.done) done = message.done;
    const { late } = message;
    if (late === undefined || late.ms - Math.max(late.waitedMs, late.controlMs) <= STALL_MS) return;
    const { ms, waitedMs, controlMs, from, to } = late;
    stalls.push({ ms, waitedMs: Math.round(waitedMs), controlMs, cases: underWay.at(from, to).slice(-40) });
  });
  await once(prober, 'message');
  return async () => {
    prober.send('stop');
    await once(prober, 'exit');
    return {
      asked: 0,
      worstMs: 0,
      worstControlMs: 0,
      ...done,
      stalls: stalls.toSorted((one, other) => other.ms - one.ms),
    };
  };
};
