import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@millrace/core/testing';
import type { Deployment } from './deployment.ts';

/** The scheduler as deployed: a separate process. Resolves once it serves ticks; it is killed with the deployment. */
export const schedulerProcess = async (
  on: Deployment,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> => {
  const main = fileURLToPath(new URL('../../../apps/scheduler/src/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', main], {
    env: { ...process.env, REDIS_URL: on.url, MILLRACE_PREFIX: on.prefix, MILLRACE_SWEEP_MS: '300', ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let said = '';
  child.stdout!.on('data', (text: Buffer) => (said += text.toString()));
  on.onEnd(() => void child.kill('SIGKILL'));
  await waitFor(() => said.includes('scheduler started') || child.exitCode !== null, {
    timeoutMs: 30_000,
    what: 'the scheduler process',
  });
  return child;
};
