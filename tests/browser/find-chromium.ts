/** The Chromium that the browser tests drive: Debian's package, wherever it was put. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

export interface Chromium {
  readonly path: string;
  readonly version: string;
  /** What it needs beside the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
}

/** Where `scripts/install-chromium.ts` unpacks one on a machine without root. */
export const CHROMIUM_CACHE = resolve('.millrace/cache/chromium');
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * MILLRACE_CHROMIUM, else the first on PATH that starts, else the cached one; null: none. Throws when MILLRACE_CHROMIUM
 * does not start.
 */
export const findChromium = async (): Promise<Chromium | null> => {
  const named = process.env['MILLRACE_CHROMIUM'];
  if (named) {
    const chosen = await started(named, {});
    if (chosen) return chosen;
    throw new Error(`MILLRACE_CHROMIUM names ${named}, which does not start`);
  }
  for (const path of onPath()) {
    const found = await started(path, {});
    if (found) return found;
  }
  return started(join(CHROMIUM_CACHE, 'usr/lib/chromium/chromium'), cachedEnvironment());
};

const onPath = (): string[] =>
  (process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));

/** Its own libraries and fonts: the machine may have neither. */
const cachedEnvironment = (): Record<string, string> => {
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch;
  const libraries = ['usr/lib', 'lib'].map((folder) => join(CHROMIUM_CACHE, folder, `${machine}-linux-gnu`));
  return { LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: join(CHROMIUM_CACHE, 'fonts.conf') };
};

const started = async (path: string, env: Readonly<Record<string, string>>): Promise<Chromium | null> => {
  try {
    accessSync(path, constants.X_OK);
    const { stdout } = await promisify(execFile)(path, ['--version', '--no-sandbox'], {
      env: { ...process.env, ...env },
      timeout: 30_000,
    });
    const version = /\d+\.\d+\.\d+\.\d+/.exec(stdout)?.[0];
    return version === undefined ? null : { path, version, env };
  } catch {
    return null;
  }
};
