import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killOwnerless } from '@millrace/core/handlers';
import type { Outcome } from '@millrace/core/ports';
import { sweepLeftovers } from '@millrace/core/scratch';
import { waitFor } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { gone, keeperOf } from './attempt-fixture.ts';

const WORKER = fileURLToPath(new URL('./worker-to-kill.ts', import.meta.url));

/** Runs the script in a command stage of a separate process until it prints "ready"; returns what it printed before. */
const workerRunning = async (script: string) => {
  const worker = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', WORKER, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: worker.stdout })) {
    if (line === 'ready') break;
    said.push(line);
  }
  return { worker, said };
};
const pidsIn = (said: readonly string[]) => said.filter((line) => /^\d+$/.test(line)).map(Number);

test('kill -9 of the worker leaves no process of the command and none of its files', async () => {
  const { worker, said } = await workerRunning(
    `trap '' TERM HUP; env -i $(command -v sleep) 600 & echo $!; sh -c 'trap "" TERM HUP; sleep 600 & echo $!; echo $$; wait' & sleep 0.3; echo $$; echo folder $MILLRACE_ARTIFACTS; echo ready; wait`,
  );
  const pids = pidsIn(said);
  expect(pids).toHaveLength(4);
  worker.kill('SIGKILL');
  await gone(pids);
  const folder = said.find((line) => line.startsWith('folder '))!.slice('folder '.length);
  await waitFor(() => !existsSync(folder), { what: 'the folder to be removed' });
}, 20_000);

test.runIf(process.platform === 'linux')(
  'kill -9 of the worker also ends what left the process group (setsid)',
  async () => {
    const { worker, said } = await workerRunning(`setsid sh -c 'echo $$; sleep 600' & sleep 0.3; echo ready; wait`);
    const pids = pidsIn(said);
    expect(pids).toHaveLength(1);
    worker.kill('SIGKILL');
    await gone(pids);
  },
  20_000,
);

test('out of file descriptors, an attempt fails with EMFILE and what could not be done', async () => {
  const script = fileURLToPath(new URL('./out-of-descriptors.ts', import.meta.url));
  const own = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  try {
    const said = execFileSync(
      'sh',
      ['-c', `ulimit -n 256; exec "$0" --conditions=source --import tsx "$1"`, process.execPath, script],
      {
        encoding: 'utf8',
        env: { ...process.env, TMPDIR: own },
      },
    );
    const seen = said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; left: number; outcome: Outcome });
    const ended = seen.map(({ outcome }) => (outcome.kind === 'failed' ? outcome.error : null));
    expect(seen).toHaveLength(42);
    for (const error of ended)
      if (error)
        expect(error).toEqual({
          code: 'EMFILE',
          message: expect.stringMatching(/: EMFILE: the worker has no file descriptors left/),
        });
    for (const kind of ['command', 'artifact']) {
      const [first, last] = [seen.find((one) => one.kind === kind), seen.findLast((one) => one.kind === kind)];
      expect([first!.outcome.kind, last!.outcome.kind]).toEqual(['failed', 'succeeded']);
    }
    // One that was never removed for want of a descriptor is the next worker's to sweep.
    await sweepLeftovers({ folder: own, prefix: 'millrace-stage-', isOurs: false }, () => {});
    expect(readdirSync(own).filter((name) => name.startsWith('millrace-stage-'))).toEqual([]);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}, 60_000);

test.runIf(process.platform === 'linux').each([
  ['', false],
  [', and a keeper too', true],
])(
  'kill -9 of the worker also ends what has an empty environment, behind a shim that was stopped%s',
  async (_, keeperToo) => {
    const { worker, said } = await workerRunning(
      `env -i setsid "$(command -v sleep)" 600 & echo $!; echo $$; echo $PPID; sleep 0.3; echo ready; sleep 0.3; kill -STOP $PPID; sleep 600`,
    );
    const pids = pidsIn(said);
    expect(pids).toHaveLength(3);
    // Until the shim is stopped: the case is about a worker that dies then.
    await waitFor(() => readFileSync(`/proc/${pids[2]}/stat`, 'utf8').includes(') T '), {
      what: 'the shim to be stopped',
    });
    const keeper = keeperOf(worker.pid!);
    if (keeperToo) process.kill(keeper, 'SIGSTOP');
    worker.kill('SIGKILL');
    await gone([...pids, keeper]);
  },
  20_000,
);

test.runIf(process.platform === 'linux').each([
  ['the keeper ends the tree and removes the folder', false],
  ['and its keeper too: the sweep of another worker ends the tree', true],
])(
  'kill -9 of the worker and the shim at once: %s',
  async (_, keeperToo) => {
    const { worker, said } = await workerRunning(
      `env -i setsid "$(command -v sleep)" 600 & echo $!; sleep 600 & echo $!; echo $PPID; echo folder $MILLRACE_ARTIFACTS; echo ready; wait`,
    );
    const pids = pidsIn(said);
    const keeper = keeperOf(worker.pid!);
    // Stopped first: none of them sees the other end.
    for (const pid of [worker.pid!, pids[2]!]) process.kill(pid, 'SIGSTOP');
    for (const pid of [...(keeperToo ? [keeper] : []), pids[2]!, worker.pid!]) process.kill(pid, 'SIGKILL');
    if (keeperToo) {
      await gone([keeper, worker.pid!]);
      expect(await killOwnerless()).toBeGreaterThanOrEqual(2);
    }
    await gone(pids);
    const folder = said.find((line) => line.startsWith('folder '))!.slice('folder '.length);
    if (!keeperToo) await waitFor(() => !existsSync(folder), { what: 'the folder to be removed' });
    else rmSync(join(folder, '..'), { recursive: true });
  },
  20_000,
);
