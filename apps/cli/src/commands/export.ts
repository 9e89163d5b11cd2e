import { constants } from 'node:os';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { isTerminalRun } from '@millrace/core/domain';
import type { WireExportManifest } from '@millrace/core/wire';
import { EXIT } from '../exit-codes.ts';
import { receiveRun } from '../export/receive-run.ts';
import { targetFolder } from '../export/target-folder.ts';
import { runIdOf } from '../run-reference.ts';
import { jsonText, type Terminal } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';

interface ExportOptions extends ApiOptions {
  readonly allAttempts?: boolean;
  readonly force?: boolean;
}

export const exportCommand: AddCommands = (program, terminal, end) => {
  withApiOptions(
    program
      .command('export <run> [folder]')
      .description("write a run's state, events, logs and artifacts to a folder (default: its id, here)"),
  )
    .option('--all-attempts', 'include artifacts of earlier, failed attempts')
    .option('--force', 'if the folder has other content, keep that under another name')
    .action(
      onApi(async (api, named: string, folder: string | undefined, options: ExportOptions) => {
        const runId = await runIdOf(api, named);
        const path = folder ?? runId;
        const target = await targetFolder(path, { runId, force: options.force === true });
        const interrupt = interruptible();
        try {
          const query = { attempts: options.allAttempts ? 'all' : 'last' };
          const { body } = await api.exportRun(runId, query, interrupt.signal);
          const bytes = Readable.fromWeb(body! as ReadableStream<Uint8Array>);
          const manifest = await receiveRun(bytes, target.workFolder, runId);
          const kept = await target.publish();
          tell(terminal, manifest, { path, kept, json: options.json === true });
          if (manifest.missing.length > 0) end(EXIT.failed);
        } catch (error) {
          await target.discard();
          throw error;
        } finally {
          interrupt.end();
        }
      }),
    );
};

/** On an interrupt, aborts the signal; `end`, once the folder is tidied, exits as the interrupt would have. */
const interruptible = (): { readonly signal: AbortSignal; end(): void } => {
  const stopped = new AbortController();
  let by: 'SIGINT' | 'SIGTERM' | null = null;
  const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    by = signal;
    stopped.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return {
    signal: stopped.signal,
    end: () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (by !== null) process.exit(128 + constants.signals[by]);
    },
  };
};

const tell = (
  terminal: Terminal,
  { run_id, status, last_seq, files, missing }: WireExportManifest,
  { path, kept, json }: { readonly path: string; readonly kept: string | null; readonly json: boolean },
): void => {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  terminal.out(json ? jsonText({ run_id, status, last_seq, folder: path, files: files.length, bytes, missing }) : path);
  if (!isTerminalRun(status)) terminal.say(`the run is ${status}: this is as of event ${last_seq}`);
  if (kept !== null) terminal.say(`what was there before is in ${kept}`);
  for (const { stage, attempt, name, reason } of missing)
    terminal.say(
      `${reason === 'gone' ? 'missing' : 'damaged, and left out'}: artifact "${name}" of ${stage} #${attempt}`,
    );
};
