import { type Client, everyItem } from '@millrace/client';
import { formatDuration } from '@millrace/core/domain';
import type { WirePipeline } from '@millrace/core/wire';
import type { AddCommands } from './add-commands.ts';
import { instant } from '../instants.ts';
import { jsonText, table, type Terminal } from '../terminal.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';

export const pipelinesCommand: AddCommands = (program, terminal) => {
  withApiOptions(program.command('pipelines').description('list the pipelines and their health')).action(
    onApi(async (api, options: ApiOptions) => {
      const pipelines = await allPipelines(api);
      if (options.json) return terminal.out(jsonText(pipelines));
      if (pipelines.length === 0)
        terminal.say('no pipelines: MILLRACE_PIPELINES sets the folders that the API searches');
      else
        for (const line of table(
          ['pipeline', 'state', 'stages', 'last run', 'success', 'median', 'next tick'],
          pipelines.map((one) => row(terminal, one)),
        ))
          terminal.out(line);
    }),
  );
};

export const allPipelines = async (api: Client): Promise<readonly WirePipeline[]> => {
  const all: WirePipeline[] = [];
  for await (const pipeline of everyItem((cursor) => api.pipelines({ limit: 500, cursor, recent: 0 })))
    all.push(pipeline);
  return all;
};

const row = (terminal: Terminal, pipeline: WirePipeline): string[] => [
  pipeline.name,
  pipeline.state,
  String(pipeline.stages.length),
  pipeline.last_run?.status ?? '-',
  pipeline.success_rate === null ? '-' : `${Math.round(pipeline.success_rate * 100)} %`,
  pipeline.duration_p50_ms === null ? '-' : formatDuration(pipeline.duration_p50_ms),
  nextTick(terminal, pipeline),
];

const nextTick = (terminal: Terminal, { schedules }: WirePipeline): string => {
  const [next] = schedules.flatMap(({ next_at }) => next_at ?? []).sort();
  return next === undefined ? '-' : instant(terminal, next);
};
