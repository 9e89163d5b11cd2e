import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What a child answered; `hung` and `died` cost it its life, and the next case gets a new one. */
export type Asked<T> =
  | { readonly kind: 'answered'; readonly answer: T; readonly peakBytes: number }
  | { readonly kind: 'hung' }
  | { readonly kind: 'died'; readonly said: string };

/**
 * A process that takes cases one by one, so that what one does to it is known to be its own. From sources, as its
 * parent.
 */
export const warmChild = <T>(file: URL, env: NodeJS.ProcessEnv, cwd: string) => {
  let child: ChildProcess | null = null;
  let said = '';
  const begin = (): ChildProcess => {
    said = '';
    const started = fork(fileURLToPath(file), [], {
      cwd,
      env,
      execArgv: ['--conditions=source', '--import', import.meta.resolve('tsx')],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    for (const stream of [started.stdout!, started.stderr!])
      stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
    return started;
  };
  return {
    ask: (question: unknown, ms: number): Promise<Asked<T>> =>
      new Promise((resolve) => {
        const asked = (child ??= begin());
        const end = (answer: Asked<T>, alive: boolean): void => {
          clearTimeout(timer);
          asked.removeAllListeners('message').removeAllListeners('exit').removeAllListeners('error');
          if (!alive) {
            asked.on('error', () => {}).kill('SIGKILL');
            child = null;
          }
          resolve(answer);
        };
        const timer = setTimeout(() => end({ kind: 'hung' }, false), ms);
        asked.once('message', (answer: T) => end({ kind: 'answered', answer, peakBytes: takePeak(asked.pid!) }, true));
        asked.once('exit', (code, signal) =>
          setTimeout(() => end({ kind: 'died', said: `${code ?? signal}: ${said}` }, false), 50),
        );
        asked.once('error', (error) => end({ kind: 'died', said: String(error) }, false));
        asked.send(question as object);
      }),
    /** The next case gets a new one. */
    end: () => {
      child?.removeAllListeners('exit').kill('SIGKILL');
      child = null;
    },
  };
};

/** The most memory that it had since this was asked the last time; 0 where the system does not say. */
const takePeak = (pid: number): number => {
  try {
    const peak = Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    return peak;
  } catch {
    return 0;
  }
};
