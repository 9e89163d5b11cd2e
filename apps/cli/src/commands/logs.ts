import { type ChosenLines, type Client, everyItem } from '@millrace/client';
import { attemptLabel } from '@millrace/core/domain';
import type { WireLogLine } from '@millrace/core/wire';
import type { AddCommands } from './add-commands.ts';
import { jsonText, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';
import { runIdOf } from '../run-reference.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';

interface LogsOptions extends ApiOptions {
  readonly stage?: string;
  readonly attempt?: string;
  readonly generation?: string;
  readonly tail?: string;
  readonly follow?: boolean;
  readonly raw?: boolean;
}

export const logsCommand: AddCommands = (program, terminal) => {
  withApiOptions(program.command('logs <run>').description("show the output of a run's stages"))
    .option('--stage <stage>', 'only this stage')
    .option('--attempt <n>', 'only this attempt')
    .option('--generation <n>', 'only this generation of a stage that was run again')
    .option('--tail <n>', 'only the last n lines')
    .option('-f, --follow', 'keep printing new lines until the run ends')
    .option('--raw', 'print lines unfiltered, with their terminal control sequences')
    .action(
      onApi(async (api, named: string, options: LogsOptions) => {
        const runId = await runIdOf(api, named);
        const chosen = {
          stage: options.stage,
          attempt: options.attempt === undefined ? undefined : wholeNumber('--attempt', options.attempt, 1),
          generation: options.generation === undefined ? undefined : wholeNumber('--generation', options.generation, 1),
        };
        const print = (line: WireLogLine): void =>
          (options.raw ? terminal.raw : terminal.out)(
            options.json ? jsonText(line) : logLine(terminal, line, options.stage === undefined),
          );
        let last = 0;
        if (options.tail !== undefined || !options.follow)
          for await (const line of linesOf(
            api,
            runId,
            chosen,
            options.tail === undefined ? undefined : wholeNumber('--tail', options.tail, 1),
          )) {
            print(line);
            last = line.seq;
          }
        if (options.follow) for await (const line of api.followLines(runId, chosen, last)) print(line);
      }),
    );
};

async function* linesOf(
  api: Client,
  runId: string,
  chosen: ChosenLines,
  tail: number | undefined,
): AsyncGenerator<WireLogLine, void> {
  if (tail !== undefined) yield* (await api.logs(runId, { ...chosen, tail })).items;
  else yield* everyItem((cursor) => api.logs(runId, { ...chosen, limit: 500, cursor }));
}

/** Nothing for the first attempt of all. */
const ordinalOf = (line: WireLogLine): string => {
  const label = attemptLabel(line);
  return label === '1' ? '' : `#${label}`;
};

const logLine = (terminal: Terminal, line: WireLogLine, withStage: boolean): string =>
  `${withStage ? `${terminal.paint('dim', `${line.stage}${ordinalOf(line)} |`)} ` : ''}${line.stream === 'stderr' ? terminal.paint('red', line.line) : line.line}`;
