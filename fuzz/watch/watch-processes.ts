import { readdirSync, readlinkSync } from 'node:fs';
import { waitFor } from '@millrace/core/testing';
import type { AppProcess } from '../../tests/integration/chaos/app-process.ts';
import { SECRET } from '../pipelines.ts';
import type { Findings } from '../findings.ts';

/** Of a process that has collected its garbage, bytes; `sockets` are open ones. */
export interface Held {
  readonly rss: number;
  readonly heapUsed: number;
  readonly sockets: number;
}

/** What the process holds now, after a collection of its garbage (measure-on-signal.mjs). */
export const measure = async (api: AppProcess): Promise<Held> => {
  const before = measured(api.log()).length;
  process.kill(api.pid, 'SIGUSR2');
  const told = await waitFor(() => measured(api.log())[before], {
    timeoutMs: 60_000,
    what: 'the API to say what it holds',
  });
  const { rss, heapUsed } = (JSON.parse(told) as { measured: Held }).measured;
  return { rss, heapUsed, sockets: openSockets(api.pid) };
};

const measured = (log: string): readonly string[] => log.match(/^\{"measured":.*\}$/gm) ?? [];

const openSockets = (pid: number): number => {
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => linkOf(`/proc/${pid}/fd/${fd}`).startsWith('socket:')).length;
  } catch {
    return 0;
  }
};

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

/** Notes when a process of the deployment ends, until `stop`. */
export const watchDeaths = (
  processes: Readonly<Record<string, AppProcess>>,
  findings: Findings,
  underWay: () => readonly string[],
): { readonly dead: () => boolean; readonly stop: () => void } => {
  let dead = false;
  let stopped = false;
  for (const [name, one] of Object.entries(processes))
    void one.gone.then(() => {
      if (stopped) return;
      dead = true;
      const cases = underWay();
      findings.add(
        `the ${name} ended`,
        cases.at(-1) ?? null,
        `under way: ${cases.join(' ')}\n${one.log().slice(-1_500)}`,
      );
    });
  return { dead: () => dead, stop: () => (stopped = true) };
};

/** What must not stand in a log: errors that nobody handled or foresaw, and secrets. */
export const judgeLogs = (processes: Readonly<Record<string, AppProcess>>, token: string, findings: Findings): void => {
  for (const [name, one] of Object.entries(processes)) {
    const log = one.log();
    if (log.includes(token) || log.includes(SECRET))
      findings.add(`a secret in the log of the ${name}`, null, "the token, or a value of a command's environment");
    for (const line of log.split('\n').filter((text) => text !== '')) {
      const problem = problemOfLine(line);
      if (problem !== null) findings.add(`the log of the ${name}: ${problem}`, null, line);
    }
  }
};

/** pino's levels: 50 is an error. */
export const problemOfLine = (line: string): string | null => {
  if (line.startsWith('{"measured":')) return null;
  if (!line.startsWith('{'))
    return /^\s+at |Error|Warning|unhandled|uncaught/i.test(line) ? line.replaceAll(/\d+/g, 'n').slice(0, 120) : null;
  try {
    const { level, msg, err } = JSON.parse(line) as { level: number; msg?: string; err?: { message?: string } };
    return level >= 50
      ? `${msg ?? 'an error'}${err?.message === undefined ? '' : `: ${err.message.replaceAll(/\d+/g, 'n').slice(0, 80)}`}`
      : null;
  } catch {
    return null;
  }
};
