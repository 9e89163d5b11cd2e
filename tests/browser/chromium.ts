/** One Chromium for this process. */
import { type Browser, chromium } from 'playwright-core';
import { findChromium } from './find-chromium.ts';

/**
 * A name of this machine that is not "localhost": to browsers, pages of it over plain http are like those of any host
 * of a network.
 */
export const PROXIED_HOST = 'millrace.test';

let launched: Promise<Browser> | null = null;

/** The running one, else a new one. Fails when there is none on this machine. */
export const theBrowser = (): Promise<Browser> => (launched ??= launch());

/** Ends it, if it runs; the next `theBrowser` starts another. */
export const closeBrowser = async (): Promise<void> => {
  const running = launched;
  launched = null;
  await (await running)?.close();
};

const launch = async (): Promise<Browser> => {
  const found = await findChromium();
  if (found === null) throw new Error('there is no Chromium: `npm test` installs one, MILLRACE_CHROMIUM names one');
  return chromium.launch({
    executablePath: found.path,
    env: { ...stringsOf(process.env), ...found.env },
    // Its sandbox needs what root and containers do not have; it opens pages of ours only.
    chromiumSandbox: false,
    // /dev/shm is small in containers. Text looks the same on every machine.
    args: [
      '--disable-dev-shm-usage',
      '--font-render-hinting=none',
      `--host-resolver-rules=MAP ${PROXIED_HOST} 127.0.0.1`,
    ],
  });
};

const stringsOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
