import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { backoff, MillraceError } from '../domain/index.ts';
import { retry } from '../engine/index.ts';
import { askRedis } from './ask-redis.ts';
import type { RedisBinary } from './find-binary.ts';
import { identityOf, isAlive } from './process-identity.ts';
import { type ServerFolder, urlOf } from './server-folder.ts';

export interface StartedServer {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
}

/**
 * Starts a server in the folder and waits until it answers; call it only while the folder is locked. It runs in its own
 * session: Ctrl-C in the terminal reaches only the processes that use it, which stop it last. Loading a long AOF may
 * take a while.
 */
export const startServer = async (folder: ServerFolder, binary: RedisBinary): Promise<StartedServer> => {
  folder.create();
  const password = folder.password();
  const wished = folder.recordedPort();
  // Another process may take the free port before we bind it; then try the next one.
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(attempt === 1 ? wished : null);
    writeFileSync(folder.file('redis.conf'), settings(folder, port, password), { mode: 0o600 });
    // Record the port first and the process right after, so that the next process finds the server whenever this one is
    // killed.
    folder.recordPort(port);
    const child = launch(folder, binary);
    if (child.pid !== undefined) folder.recordProcess(child.pid);
    const ended = await readiness(child, urlOf(port, password));
    if (ended === null) return { pid: child.pid!, port, url: urlOf(port, password) };
    if (attempt === 5 || !/address already in use/i.test(lastWords(folder)))
      throw new MillraceError(
        'store_unavailable',
        `${binary.path} did not start in ${folder.path}: ${ended}. Its last output: ${lastWords(folder)}`,
      );
  }
};

/**
 * SIGTERM, then SIGKILL after ten seconds: with an fsync on every write that loses nothing. Returns once the process is
 * gone.
 */
export const stopServer = async (pid: number): Promise<void> => {
  const server = identityOf(pid);
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    return;
  }
  for (let waited = 0; isAlive(server); waited += 20) {
    if (waited === 10_000) process.kill(pid, 'SIGKILL');
    await delay(20);
  }
};

/** A file, not arguments: the password must not show in `ps`. */
const settings = (folder: ServerFolder, port: number, password: string): string =>
  [
    'bind 127.0.0.1',
    'protected-mode yes',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder.path)}`,
    'daemonize no',
    'appendonly yes',
    'appendfsync always',
    'no-appendfsync-on-rewrite no',
    'save ""',
    'maxmemory-policy noeviction',
    'stop-writes-on-bgsave-error no',
    '',
  ].join('\n');

const launch = (folder: ServerFolder, binary: RedisBinary): ChildProcess => {
  const log = openSync(folder.file('redis.log'), 'w', 0o600);
  // Redis creates files with mode 0644 and 0755, subject to the umask.
  const child = spawn('/bin/sh', ['-c', 'umask 077; exec "$0" "$@"', binary.path, folder.file('redis.conf')], {
    cwd: folder.path,
    env: { ...process.env, ...binary.env },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  return child;
};

/** Null once the server answers, else how it exited. Waits while the server loads its data. */
const readiness = async (child: ChildProcess, url: string): Promise<string | null> => {
  let ended: string | null = null;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code, signal) => (ended ??= `it exited with ${signal ?? `code ${code}`}`));
  await retry(() => askRedis(url, () => Promise.resolve()), {
    pauses: backoff(20),
    retryIf: () => ended === null,
  }).catch(() => {});
  return ended;
};

const lastWords = (folder: ServerFolder): string => {
  const lines = readFileSync(folder.file('redis.log'), 'utf8').trim().split('\n');
  return lines.slice(-3).join(' | ') || 'none';
};

export const freePort = async (wished: number | null): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => (wished === null ? reject(error) : resolve(freePort(null))));
    probe.listen({ host: '127.0.0.1', port: wished ?? 0, exclusive: true }, () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
