/* A worker in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** MILLRACE_BENCH_CPU_PROF in the environment names a folder for CPU profiles of the workers. */
export const startChild = (file, env) => {
  const profiles = process.env.MILLRACE_BENCH_CPU_PROF;
  const child = fork(fileURLToPath(file), {
    env: { ...inherited(), ...env },
    execArgv: profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  // A bench that is stopped half-way leaves no worker behind that asks a Redis which is gone.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const failed = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${file} ended with ${signal ?? code}`);
  });
  failed.catch(() => {});
  const told = async (message) => {
    for (;;) {
      const [heard] = await Promise.race([once(child, 'message'), failed]);
      if (heard.kind === message) return heard;
    }
  };
  return {
    pid: child.pid,
    /** Fails when the process ends. */
    failed,
    /** The next message of that kind; fails when the process ends first. */
    told,
    ask: (message) => {
      const answer = told(message);
      child.send({ kind: message });
      return answer;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      process.off('exit', end);
    },
  };
};

/** Nothing of a deployment that this shell is set up for reaches the bench. */
const inherited = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_') && name !== 'REDIS_URL'),
  );
