import { formatDuration } from '@millrace/core/domain';
import type { WirePipeline } from '@millrace/core/wire';
import { everyItem } from '../every-item.ts';
import type { AddCommands } from '../program.ts';
import { table } from '../terminal.ts';
import { type ApiOptions, apiOf, withApiOptions } from './api-options.ts';

export const pipelinesCommand: AddCommands = (program, terminal) => {
  withApiOptions(program.command('pipelines').description('what pipelines there are, and how they do')).action(async (options: ApiOptions) => {
    const pipelines = await everyItem<WirePipeline>(apiOf(options), '/api/v1/pipelines');
    if (options.json) return terminal.out(JSON.stringify(pipelines));
    if (pipelines.length === 0) terminal.say('there are none: MILLRACE_PIPELINES names the folders in which the API looks');
    else for (const line of table(['pipeline', 'state', 'stages', 'last run', 'success', 'median', 'next tick'], pipelines.map(row))) terminal.out(line);
  });
};

const row = (pipeline: WirePipeline): string[] => [
  pipeline.name,
  pipeline.state,
  String(pipeline.stages.length),
  pipeline.last_run?.status ?? '-',
  pipeline.success_rate === null ? '-' : `${Math.round(pipeline.success_rate * 100)} %`,
  pipeline.duration_p50_ms === null ? '-' : formatDuration(pipeline.duration_p50_ms),
  pipeline.schedules
    .map((schedule) => schedule.next_at)
    .filter((at) => at !== null)
    .sort()[0] ?? '-',
];
