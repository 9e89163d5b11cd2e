/*
 * Runs definition files where they can do no harm: in a process of their own. Plain JavaScript, so that it starts as it
 * is from source and from a build. Arguments: the module that compiles (source or build), the working directory that
 * paths are shown from, "now" or "another-time", then the files. Each file's news is a line of JSON on descriptor 3: a
 * file may end this process at any moment.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import os from 'node:os';
import { syncBuiltinESMExports } from 'node:module';
import { Worker } from 'node:worker_threads';

/** What a file left behind (a promise, a timer) is waited for so long after the last file. */
const LINGER_MS = 100;
const [compilerUrl, cwd, time, ...files] = process.argv.slice(2);

const tell = (news) => {
  const line = Buffer.from(`${JSON.stringify(news)}\n`);
  for (let at = 0; at < line.length; ) {
    try {
      at += writeSync(3, line, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
};

// A file that never gives the loop back must not outlive the process that asked: only another thread notices.
new Worker(
  `const { ppid } = process; setInterval(() => process.ppid === ppid || process.kill(process.pid, 'SIGKILL'), 500)`,
  { eval: true },
).unref();

/*
 * What differs between two processes: the clock, random numbers, the machine. One probe has lower random numbers, the
 * other higher ones, 400 days later, on another machine: a definition that is the same in both depends on none of them.
 */
const exit = process.exit.bind(process);
const random = Math.random;
if (time === 'another-time') {
  const RealDate = Date;
  const later = 400 * 86_400_000 + 5 * 3_600_000 + 7 * 60_000 + 13_337;
  globalThis.Date = class Date extends RealDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [RealDate.now() + later] : parts));
    }
    static now() {
      return RealDate.now() + later;
    }
  };
  Math.random = () => random() / 2;
  const host = os.hostname();
  os.hostname = () => `another-${host}`;
  syncBuiltinESMExports();
} else Math.random = () => 0.5 + random() / 2;

const running = new AsyncLocalStorage();
let last = null;
const culprit = () => running.getStore() ?? last;

process.exit = (code) => {
  tell({ file: culprit(), broken: `it calls process.exit(${code ?? process.exitCode ?? 0})` });
  exit(code);
};
const stray = (what) => (error) =>
  tell({ file: culprit(), broken: `${what}: ${error instanceof Error ? error.message : String(error)}` });
process.on('unhandledRejection', stray('a promise that nobody waits for is rejected'));
process.on('uncaughtException', stray('an error is thrown after it was loaded'));

const compile = compilerUrl.endsWith('.ts')
  ? (await (await import('tsx/esm/api')).tsImport(compilerUrl, { parentURL: import.meta.url, tsconfig: false }))
      .compileModule
  : (await import(compilerUrl)).compileModule;
for (const file of files) {
  last = file;
  tell({ file, begins: true });
  try {
    const { pipeline } = await running.run(file, () => compile(file, cwd));
    tell({ file, pipeline });
  } catch (error) {
    const { code, message, errors, errorCount } = error ?? {};
    tell({
      file,
      failed: {
        refused: code === 'invalid_definition',
        message: message ?? String(error),
        errors: errors ?? [],
        errorCount,
      },
    });
  }
}
tell({ lingers: true });
setTimeout(() => {
  tell({ done: true });
  exit(0);
}, LINGER_MS);
