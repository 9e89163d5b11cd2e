import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { gone } from './attempt-fixture.ts';

const WORKER = fileURLToPath(new URL('./worker-to-kill.ts', import.meta.url));

/** Runs the script in a command stage of a process of its own, until the script says "ready"; answers what it said before. */
const workerRunning = async (script: string) => {
  const worker = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', WORKER, script], { stdio: ['ignore', 'pipe', 'inherit'] });
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
  while (existsSync(folder)) await new Promise((resolve) => setTimeout(resolve, 10));
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

test.runIf(process.platform === 'linux')(
  'kill -9 of the worker also ends what has an empty environment, behind a shim that was stopped',
  async () => {
    const { worker, said } = await workerRunning(
      `env -i setsid "$(command -v sleep)" 600 & echo $!; echo $$; echo $PPID; sleep 0.3; echo ready; sleep 0.3; kill -STOP $PPID; sleep 600`,
    );
    const pids = pidsIn(said);
    expect(pids).toHaveLength(3);
    // Until the shim is stopped: the case is about a worker that dies then.
    while (!readFileSync(`/proc/${pids[2]}/stat`, 'utf8').includes(') T ')) await new Promise((resolve) => setTimeout(resolve, 10));
    worker.kill('SIGKILL');
    await gone(pids);
  },
  20_000,
);
