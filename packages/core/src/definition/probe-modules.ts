import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ErrorDetail, MillraceError, type Pipeline } from '../domain/index.ts';
import { shown } from './compile-module.ts';
import { differenceOf } from './difference.ts';

/** The result of loading a definition file in a separate process. */
export type Probed = { readonly pipeline: Pipeline } | { readonly problem: MillraceError };

const PROBE = fileURLToPath(new URL('../../probe/probe-definitions.mjs', import.meta.url));
const COMPILER = new URL(`./compile-module${extname(import.meta.url)}`, import.meta.url).href;
/** Length of the tail of a broken file's output that is reported. */
const PRINTED = 10_000;

/**
 * Runs the files in separate processes, so that one that exits, hangs or crashes affects only itself. `twice` runs them
 * again at another time, which exposes values computed from the clock, from random numbers or from the machine. With
 * `print` their output goes to stderr; otherwise it appears only in the process that imports them.
 */
export const probeModules = async (
  files: readonly string[],
  cwd: string,
  { limitMs, print, twice }: { readonly limitMs: number; readonly print: boolean; readonly twice: boolean },
): Promise<ReadonlyMap<string, Probed>> => {
  if (files.length === 0) return new Map();
  // A process that imports the files compares the version then anyway, and should start soon.
  if (!twice) return probeAll(files, { cwd, time: 'now', limitMs, print });
  const [now, another] = await Promise.all([
    probeAll(files, { cwd, time: 'now', limitMs, print }),
    probeAll(files, { cwd, time: 'another-time', limitMs, print: false }),
  ]);
  return new Map(files.map((file) => [file, verdict(file, cwd, now.get(file)!, another.get(file)!)]));
};

/** The second run only compares: a file that breaks only there (say, an expired licence) is not broken now. */
const verdict = (file: string, cwd: string, now: Probed, another: Probed): Probed => {
  if ('problem' in now || 'problem' in another || now.pipeline.version === another.pipeline.version) return now;
  return { problem: computed(file, cwd, differenceOf(now.pipeline, another.pipeline)) };
};

/** @internal Also used when the serving process gets a different definition from the probe. */
export const computed = (file: string, cwd: string, path: string): MillraceError => {
  const message =
    `${shown(file, cwd)}: ${path} is computed while the file is loaded, so every process would get another version of the pipeline ` +
    'and its runs would wait for ever: give it a fixed value, and compute what depends on the time, on chance or on the machine inside a stage';
  return new MillraceError('invalid_definition', message, {
    errors: [{ path: `${shown(file, cwd)}: ${path}`, message }],
  });
};

interface Look {
  readonly cwd: string;
  readonly time: 'now' | 'another-time';
  readonly limitMs: number;
  readonly print: boolean;
}

const probeAll = async (files: readonly string[], look: Look): Promise<Map<string, Probed>> => {
  const found = new Map<string, Probed>();
  let left = files;
  while (left.length > 0) {
    const { culprit } = await probeOnce(left, look, found);
    const before = left.length;
    // Files before a culprit have their answers; those after it get another process.
    left = culprit === null ? left.filter((file) => !found.has(file)) : left.slice(left.indexOf(culprit) + 1);
    if (left.length < before) continue;
    for (const file of left)
      found.set(file, broken(file, look.cwd, 'its process ended before the file was loaded', ''));
  }
  return found;
};

interface News {
  readonly file?: string;
  readonly begins?: true;
  readonly pipeline?: Pipeline;
  readonly failed?: {
    readonly refused: boolean;
    readonly message: string;
    readonly errors: readonly ErrorDetail[];
    readonly errorCount?: number;
  };
  readonly broken?: string;
  readonly lingers?: true;
  readonly done?: true;
}

/** One process for as many files as it survives. `culprit`: the file being loaded when it ended; it has its answer. */
const probeOnce = (
  files: readonly string[],
  { cwd, time, limitMs, print }: Look,
  found: Map<string, Probed>,
): Promise<{ readonly culprit: string | null }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [PROBE, COMPILER, cwd, time, ...files], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    let at: string | null = null;
    let done = false;
    let hung = false;
    let printed = '';
    let timer = setTimeout(() => child.kill('SIGKILL'), 2 * limitMs);
    const again = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        hung = true;
        child.kill('SIGKILL');
      }, limitMs);
    };
    for (const stream of [child.stdout, child.stderr])
      stream!.setEncoding('utf8').on('data', (text: string) => {
        printed = (printed + text).slice(-PRINTED);
        if (print) process.stderr.write(text);
      });
    const news = createInterface({ input: child.stdio[3] as Readable });
    news.on('line', (line) => {
      const said = JSON.parse(line) as News;
      if (said.done) done = true;
      if (said.begins) {
        at = said.file!;
        printed = '';
      }
      if (said.lingers) at = null;
      if (said.begins || said.lingers) again();
      if (said.pipeline && !found.has(said.file!)) found.set(said.file!, { pipeline: said.pipeline });
      if (said.failed)
        found.set(
          said.file!,
          said.failed.refused ? refused(said.failed) : broken(said.file!, cwd, said.failed.message, ''),
        );
      if (said.broken !== undefined) found.set(said.file!, broken(said.file!, cwd, said.broken, printed));
    });
    child.on('error', () => undefined);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (done || at === null) return resolve({ culprit: null });
      const reason = hung ? `it was not loaded within ${limitMs / 1_000} s` : endOf(code, signal);
      if (!found.has(at) || hung) found.set(at, broken(at, cwd, reason, signal === null ? printed : fatal(printed)));
      resolve({ culprit: at });
    });
  });

/** Node's exit code for a module whose top-level await never settles. */
const UNSETTLED = 13;
const endOf = (code: number | null, signal: string | null): string => {
  if (code === UNSETTLED) return 'it waits (top-level await) for what never comes';
  return `it ends the process that loads it (${signal === null ? `exit code ${code}` : signal})`;
};

/** The line of a crash report that gives the reason. */
const fatal = (printed: string): string => /^FATAL ERROR: .*$/m.exec(printed)?.[0] ?? '';

const refused = ({ message, errors, errorCount = errors.length }: NonNullable<News['failed']>): Probed => ({
  problem: new MillraceError('invalid_definition', message, { errors, errorCount }),
});

const broken = (file: string, cwd: string, reason: string, printed: string): Probed => {
  const said = printed.trim().split('\n').at(-1)!;
  const message = `${shown(file, cwd)}: the file could not be loaded: ${reason}${said === '' ? '' : `; it printed: ${said}`}`;
  return {
    problem: new MillraceError('invalid_definition', message, { errors: [{ path: shown(file, cwd), message }] }),
  };
};
