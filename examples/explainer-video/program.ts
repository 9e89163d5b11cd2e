/** Programs of this machine, run without a shell. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Ran {
  readonly out: string;
  readonly err: string;
}
const MOST_OUTPUT = 8 * 1_024 * 1_024;

/** The path of the program, or null. `EXPLAINER_WITHOUT` names programs to do without, with commas between. */
export const findProgram = (name: string, env: NodeJS.ProcessEnv = process.env): string | null => {
  if (isExcluded(name, env)) return null;
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter((one) => one !== '')) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
};

export const isExcluded = (name: string, env: NodeJS.ProcessEnv = process.env): boolean =>
  (env['EXPLAINER_WITHOUT'] ?? '').split(',').includes(name);

/**
 * Runs it to its end. It dies with the attempt (`signal`), and with the worker where setpriv is there (util-linux).
 * @throws Error with the last lines that it wrote, when it ends with another code than 0
 */
export const run = (
  path: string,
  words: readonly string[],
  options: { readonly signal: AbortSignal; readonly cwd: string; readonly input?: string },
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const guard = findProgram('setpriv', { PATH: process.env['PATH'] });
    const [program, args] = guard === null ? [path, words] : [guard, ['--pdeathsig', 'KILL', path, ...words]];
    const child = spawn(program, args, {
      cwd: options.cwd,
      signal: options.signal,
      killSignal: 'SIGKILL',
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const said = { out: '', err: '' };
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (said.out = (said.out + text).slice(-MOST_OUTPUT)));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said.err = (said.err + text).slice(-MOST_OUTPUT)));
    // A program that ends without reading its input is judged by its exit code.
    child.stdin?.on('error', () => {}).end(options.input);
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (code === 0) return resolve(said);
      const how = killedBy === null ? `ended with ${code}` : `was killed by ${killedBy}`;
      const last = said.err.trim().split('\n').slice(-5).join('\n');
      reject(new Error(`${path} ${how}${last === '' ? '' : `:\n${last}`}`));
    });
  });
