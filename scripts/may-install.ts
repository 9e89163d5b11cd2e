import { createInterface } from 'node:readline/promises';

/** Inputs of the decision. `ask`: asks the user; null without a terminal. */
export interface Situation {
  readonly isRoot: boolean;
  readonly isCi: boolean;
  /** `--install` was given. */
  readonly isAsked: boolean;
  readonly ask: ((question: string) => Promise<string>) | null;
}

/**
 * Whether Debian packages may be installed on this machine, which takes root. In CI and with `--install` without
 * asking; otherwise only after asking on a terminal.
 */
export const mayInstall = async (
  packages: readonly string[],
  { isRoot, isCi, isAsked, ask }: Situation = here(),
): Promise<boolean> => {
  if (!isRoot) return false;
  if (isCi || isAsked) return true;
  const names = packages.join(', ');
  if (ask !== null)
    return /^y(es)?$/i.test((await ask(`Install ${names} on this machine with apt-get? [y/N] `)).trim());
  console.log(`not installing ${names} on this machine without --install: fetching into .millrace/cache instead`);
  return false;
};

const here = (): Situation => ({
  isRoot: process.getuid?.() === 0,
  isCi: Boolean(process.env['CI']),
  isAsked: process.argv.includes('--install'),
  ask: process.stdin.isTTY ? question : null,
});

const question = async (text: string): Promise<string> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(text);
  } finally {
    terminal.close();
  }
};
