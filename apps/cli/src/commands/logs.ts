import type { WireLogLine } from '@millrace/core/wire';
import type { ApiClient, Query } from '../api-client.ts';
import { getRun } from '../follow-run.ts';
import { followStream } from '../follow-stream.ts';
import type { AddCommands } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';
import { type ApiOptions, apiOf, withApiOptions } from './api-options.ts';

interface LogsOptions extends ApiOptions {
  readonly stage?: string;
  readonly attempt?: string;
  readonly tail?: string;
  readonly follow?: boolean;
}

export const logsCommand: AddCommands = (program, terminal) => {
  withApiOptions(program.command('logs <run>').description('what the stages of a run wrote'))
    .option('--stage <stage>', 'of this stage only')
    .option('--attempt <n>', 'of this attempt only')
    .option('--tail <n>', 'only the last n lines')
    .option('-f, --follow', 'go on as lines are written, until the run ends')
    .action(async (runId: string, options: LogsOptions) => {
      const api = apiOf(options);
      const path = `/api/v1/runs/${encodeURIComponent(runId)}/logs`;
      const chosen = { stage: options.stage, attempt: options.attempt === undefined ? undefined : wholeNumber('--attempt', options.attempt, 1) };
      const print = (line: WireLogLine): void => terminal.out(options.json ? JSON.stringify(line) : logLine(terminal, line, options.stage === undefined));
      let last = 0;
      if (options.tail !== undefined || !options.follow)
        for await (const line of linesOf(api, path, chosen, options.tail === undefined ? undefined : wholeNumber('--tail', options.tail, 1))) {
          print(line);
          last = line.seq;
        }
      if (!options.follow) return;
      const isOver = async (): Promise<boolean> => (await getRun(api, runId)).finished_at !== null;
      for await (const { data } of followStream(api, `${path}/stream`, chosen, { afterSeq: last, isOver })) print(data as WireLogLine);
    });
};

interface LogPage {
  readonly items: readonly WireLogLine[];
  readonly next_cursor: string | null;
}

async function* linesOf(api: ApiClient, path: string, chosen: Query, tail: number | undefined): AsyncGenerator<WireLogLine, void> {
  if (tail !== undefined) return yield* (await api.get<LogPage>(path, { ...chosen, tail })).items;
  let cursor: string | null = null;
  do {
    const page: LogPage = await api.get<LogPage>(path, { ...chosen, limit: 500, cursor });
    yield* page.items;
    cursor = page.next_cursor;
  } while (cursor !== null);
}

const logLine = (terminal: Terminal, line: WireLogLine, withStage: boolean): string =>
  `${withStage ? `${terminal.paint('dim', `${line.stage}${line.attempt > 1 ? `#${line.attempt}` : ''} |`)} ` : ''}${line.stream === 'stderr' ? terminal.paint('red', line.line) : line.line}`;
