import { spawn } from 'node:child_process';
import { ApiError, type Client } from '@millrace/client';
import { isName, parseRunReference } from '@millrace/core/domain';
import { findConnection } from '../connection.ts';
import { runIdOf } from '../run-reference.ts';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';
import { jsonText } from '../terminal.ts';

interface OpenOptions extends ApiOptions {
  readonly print?: boolean;
}

export const openCommand: AddCommands = (program, terminal) => {
  withApiOptions(program.command('open [what]').description('open the dashboard, a pipeline or a run in the browser'))
    .option('--print', 'print the address only')
    .action(
      onApi(async (api, what: string | undefined, options: OpenOptions) => {
        // Without the token: every user of the machine can read command lines.
        const address = `${findConnection(options).url}${await pathOf(api, what)}`;
        terminal.out(options.json ? jsonText({ url: address }) : address);
        if (!options.print && !options.json && !(await openBrowser(address)))
          terminal.say('no browser found: open the address yourself');
      }),
    );
};

const pathOf = async (api: Client, what: string | undefined): Promise<string> => {
  if (what === undefined) return '/';
  // A pipeline's name can equal the end of an id: the pipeline takes precedence.
  const mayBeRun = parseRunReference(what) !== null;
  const pipeline = isName(what) ? await api.pipeline(what).catch(unless(mayBeRun)) : null;
  return pipeline ? `/pipelines/${pipeline.name}` : `/runs/${await runIdOf(api, what)}`;
};

const unless = (mayBeAnother: boolean) => (error: unknown) => {
  if (mayBeAnother && error instanceof ApiError && error.status === 404) return null;
  throw error;
};

const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', linux: 'xdg-open' };

/** False if no program can open a browser. */
const openBrowser = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const opener = OPENERS[process.platform];
    if (opener === undefined) return resolve(false);
    const child = spawn(opener, [address], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => child.unref());
    child.once('exit', (code) => resolve(code === 0));
  });
