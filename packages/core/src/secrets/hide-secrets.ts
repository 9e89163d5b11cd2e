import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** Names the file descriptor, a pipe, through which a process is handed secrets instead of by its environment: lines of `NAME=value`. */
const SECRETS_FD = 'MILLRACE_SECRETS_FD';
/** What only an API may know, and what only it has use for. */
export const OF_THE_API: readonly string[] = ['MILLRACE_ADMIN_TOKEN', 'MILLRACE_ADMIN_TOKEN_FILE', 'MILLRACE_HOST', 'MILLRACE_TOKEN'];

/** Variables that hold secrets: `secret` in config/variables.ts, and the command line's. This module loads nothing, so that it can come first. */
const NAMES: readonly string[] = ['REDIS_URL', 'MILLRACE_LOCK_URLS', 'MILLRACE_ADMIN_TOKEN', 'MILLRACE_TOKEN'];

/** Whether the value of a variable is nobody else's business: a token, or an address with a password in it. */
export const isSecret = (name: string, value: string): boolean => NAMES.includes(name) && (!/_URLS?$/.test(name) || value.includes('@'));

/** What to say of names that `hideSecrets` answered. */
export const sayReadable = (names: readonly string[]): string =>
  `this system does not let a process clear its environment: commands of the same user can read ${names.join(' and ')} in /proc; use MILLRACE_ADMIN_TOKEN_FILE and ${SECRETS_FD} (docs/security.md)`;

const ignore = (): void => {};
const taken = new Map<string, string>();

/** What was taken out of this process's environment. */
export const ownSecrets = (): NodeJS.ProcessEnv => Object.fromEntries(taken);

/** The environment of this process, with the secrets that were taken out of it. */
export const ownEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, ...ownSecrets() });

/**
 * Takes the secrets out of this process's environment: what it starts does not inherit them, and whoever may read /proc/<pid>/environ (every
 * process of the same user, such as a stage's command) does not find them. `forgotten` names variables that go for good. Call it first.
 * Answers the names that can still be read there, for a system that does not let a process write to its own memory.
 */
export const hideSecrets = (forgotten: readonly string[] = []): readonly string[] => {
  // Node opens a debugger at this signal, which any process of the same user may send and then use.
  process.on('SIGUSR1', ignore);
  takeFromPipe();
  for (const [name, value = ''] of Object.entries(process.env)) if (isSecret(name, value)) taken.set(name, value);
  for (const name of taken.keys()) delete process.env[name];
  for (const name of forgotten) {
    taken.delete(name);
    delete process.env[name];
  }
  return process.platform === 'linux' ? overwriteInitial() : [];
};

/** The environment and the text with which a child process is handed these secrets on a file descriptor of its own. */
export const secretsFor = (secrets: NodeJS.ProcessEnv, fd: number): { readonly env: NodeJS.ProcessEnv; readonly text: string } => ({
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

/** Field 50 of /proc/<pid>/stat (proc_pid_stat(5)), counted after the name, which may hold spaces. */
const ENV_START = 47;

/** The kernel shows the environment that a process was started with, whatever it deletes of it later: so it is overwritten where it lies. */
const overwriteInitial = (): readonly string[] => {
  try {
    const secrets = initialSecrets();
    if (secrets.length === 0) return [];
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[ENV_START]);
    const memory = openSync('/proc/self/mem', 'r+');
    try {
      for (const { offset, length } of secrets) writeSync(memory, Buffer.alloc(length), 0, length, start + offset);
    } finally {
      closeSync(memory);
    }
  } catch {
    // Told by what can still be read.
  }
  return initialSecrets().map(({ name }) => name);
};

const initialSecrets = (): { readonly name: string; readonly offset: number; readonly length: number }[] => {
  let offset = 0;
  return readFileSync('/proc/self/environ', 'latin1')
    .split('\0')
    .flatMap((entry) => {
      const place = { name: entry.slice(0, entry.indexOf('=')), offset, length: entry.length };
      offset += entry.length + 1;
      return isSecret(place.name, entry.slice(place.name.length + 1)) ? [place] : [];
    });
};
