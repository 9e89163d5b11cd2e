import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MillraceError } from '../domain/index.ts';
import { formatIdentity, identityOf, isAlive, parseIdentity, type ProcessIdentity } from './process-identity.ts';

/**
 * `<dataDir>/redis`: the data, and the files by which other processes find the server. Accessible to its owner only.
 */
export class ServerFolder {
  readonly path: string;

  constructor(dataDir: string) {
    this.path = resolve(dataDir, 'redis');
  }

  create(): void {
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      chmodSync(this.path, 0o700);
    } catch (error) {
      const { message } = error as Error;
      throw new MillraceError('invalid_config', `the embedded Redis cannot use ${this.path}: ${message}`, {
        errors: [{ path: this.path, message }],
        cause: error,
      });
    }
  }

  file(name: 'pid' | 'port' | 'password' | 'redis.conf' | 'redis.log' | 'users'): string {
    return join(this.path, name);
  }

  /** The recorded server, or null if there is none or it is dead. */
  livingServer(): { readonly process: ProcessIdentity; readonly url: string; readonly port: number } | null {
    const identity = parseIdentity(this.#read('pid') ?? '');
    const port = this.recordedPort();
    const password = this.#read('password');
    return identity && port && password && isAlive(identity)
      ? { process: identity, port, url: urlOf(port, password) }
      : null;
  }

  /** The port of the last server; the next one reuses it, so that open clients reconnect. */
  recordedPort(): number | null {
    const port = Number(this.#read('port'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
  }

  recordPort(port: number): void {
    this.#write('port', `${port}\n`);
  }

  recordProcess(pid: number): void {
    this.#write('pid', formatIdentity(identityOf(pid)));
  }

  /** Where a server of this folder would answer if its starter was killed before recording the process. */
  recordedUrl(): string | null {
    const port = this.recordedPort();
    const password = this.#read('password');
    return port && password ? urlOf(port, password) : null;
  }

  /** Generated once; read it only while the folder is locked. */
  password(): string {
    const known = this.#read('password');
    if (known) return known;
    const password = randomBytes(32).toString('base64url');
    this.#write('password', `${password}\n`);
    return password;
  }

  /** Atomic: watchers read the file while joining processes rewrite it, and half a file would read as a dead server. */
  #write(name: 'pid' | 'port' | 'password', text: string): void {
    const half = `${this.file(name)}.${process.pid}`;
    writeFileSync(half, text, { mode: 0o600 });
    renameSync(half, this.file(name));
  }

  #read(name: 'pid' | 'port' | 'password'): string | null {
    try {
      return readFileSync(this.file(name), 'utf8').trim() || null;
    } catch {
      return null;
    }
  }
}

export const urlOf = (port: number, password: string): string => `redis://:${password}@127.0.0.1:${port}/0`;
