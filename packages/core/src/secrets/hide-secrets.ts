import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * Names the file descriptor of a pipe that passes secrets to a process outside its environment, as lines of
 * `NAME=value`.
 */
const SECRETS_FD = 'MILLRACE_SECRETS_FD';
/** Variables that only an API may have, and only an API needs. */
export const OF_THE_API: readonly string[] = [
  'MILLRACE_ADMIN_TOKEN',
  'MILLRACE_ADMIN_TOKEN_FILE',
  'MILLRACE_HOST',
  'MILLRACE_TOKEN',
];

/**
 * Variables that hold secrets: `secret` in config/variables.ts, and the command line's. This module imports nothing, so
 * that it can run first.
 */
const NAMES: readonly string[] = ['REDIS_URL', 'MILLRACE_LOCK_URLS', 'MILLRACE_ADMIN_TOKEN', 'MILLRACE_TOKEN'];

/** Whether the value of a variable is secret: a token, or an address with a password. */
export const isSecret = (name: string, value: string): boolean =>
  NAMES.includes(name) && (!/_URLS?$/.test(name) || value.includes('@'));

const ignore = (): void => {};
const taken = new Map<string, string>();

/** The secrets removed from this process's environment. */
export const ownSecrets = (): NodeJS.ProcessEnv => Object.fromEntries(taken);

/** The environment of this process, including the removed secrets. */
export const ownEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, ...ownSecrets() });

/**
 * Removes the secrets from this process's environment, so that children do not inherit them and readers of
 * /proc/<pid>/environ (any process of the same user, such as a stage's command) do not find them. `forgotten` names
 * variables to drop for good. Call it first.
 */
export const hideSecrets = (forgotten: readonly string[] = []): void => {
  // On this signal Node opens a debugger, which any process of the same user could then use.
  process.on('SIGUSR1', ignore);
  takeFromPipe();
  for (const [name, value = ''] of Object.entries(process.env)) if (isSecret(name, value)) taken.set(name, value);
  for (const name of taken.keys()) delete process.env[name];
  for (const name of forgotten) {
    taken.delete(name);
    delete process.env[name];
  }
  if (process.platform === 'linux') overwriteInitial();
};

/** The environment and the text to pass these secrets to a child process through a file descriptor. */
export const secretsFor = (
  secrets: NodeJS.ProcessEnv,
  fd: number,
): { readonly env: NodeJS.ProcessEnv; readonly text: string } => ({
  env: { [SECRETS_FD]: String(fd) },
  text: Object.entries(secrets)
    .map(([name, value]) => `${name}=${value}\n`)
    .join(''),
});

const takeFromPipe = (): void => {
  const fd = process.env[SECRETS_FD];
  if (fd === undefined) return;
  delete process.env[SECRETS_FD];
  for (const line of readFileSync(Number(fd), 'utf8').split('\n')) {
    const [, name, value] = /^(\w+)=(.+)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) taken.set(name, value);
  }
  closeSync(Number(fd));
};

/** Fields 4 and 50 of /proc/<pid>/stat (proc_pid_stat(5)), counted from the third. */
const PARENT = 1;
const ENV_START = 47;

/** The kernel exposes a process's original environment even after deletions, so overwrite it in place. */
const overwriteInitial = (): void => {
  try {
    const secrets = secretsAt('/proc/self/environ');
    if (secrets.length === 0) return;
    const start = Number(fieldsOf('self')[ENV_START]);
    const memory = openSync('/proc/self/mem', 'r+');
    try {
      for (const { offset, length } of secrets) writeSync(memory, Buffer.alloc(length), 0, length, start + offset);
    } finally {
      closeSync(memory);
    }
  } catch {
    // `sayReadable` reports what is still exposed.
  }
};

/**
 * Names a process that still exposes a secret in an environment that every process of this user can read: npm, an init,
 * a shell that started this process, or this process itself where it cannot write to its own memory. A message for the
 * operator, or null.
 */
export const sayReadable = (): string | null => {
  for (let pid = process.pid; pid > 0; pid = Number(fieldsOf(pid)[PARENT] ?? 0)) {
    const names = readableOf(pid);
    if (names.length === 0) continue;
    const who =
      pid === process.pid
        ? 'this process'
        : `process ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}), which started this one,`;
    return `${who} exposes ${names.join(' and ')} in an environment that commands of the same user can read: see docs/security.md`;
  }
  return null;
};

const readableOf = (pid: number): readonly string[] => {
  try {
    return secretsAt(`/proc/${pid}/environ`).map(({ name }) => name);
  } catch {
    return [];
  }
};

/** The fields of /proc/<pid>/stat from the third on: the name before them may contain spaces. */
const fieldsOf = (pid: number | 'self'): readonly string[] => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
};

const secretsAt = (
  path: string,
): readonly { readonly name: string; readonly offset: number; readonly length: number }[] => {
  let offset = 0;
  return readFileSync(path, 'latin1')
    .split('\0')
    .flatMap((entry) => {
      const place = { name: entry.slice(0, entry.indexOf('=')), offset, length: entry.length };
      offset += entry.length + 1;
      return isSecret(place.name, entry.slice(place.name.length + 1)) ? [place] : [];
    });
};
