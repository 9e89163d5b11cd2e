import { randomUUID } from 'node:crypto';
import { everyItem } from '@millrace/client';
import type { WireSchedule } from '@millrace/core/wire';
import type { Command } from 'commander';
import { CliError, EXIT } from '../exit-codes.ts';
import type { AddCommands } from './add-commands.ts';
import { instant } from '../instants.ts';
import { jsonText, table, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';

interface CountOptions extends ApiOptions {
  readonly n?: string;
}
interface RecurrenceOptions extends CountOptions {
  readonly cron?: string;
  readonly every?: string;
  readonly timezone?: string;
}
interface SetOptions extends RecurrenceOptions {
  readonly overlap?: string;
  readonly mode?: string;
  readonly note?: string;
}

/** `millrace schedule …`: views and changes schedules. */
export const scheduleCommand: AddCommands = (program, terminal) => {
  const schedule = program
    .command('schedule')
    .description('view and change schedules: list, next, ticks, preview, set, pause, resume, trigger');
  addReadings(schedule, terminal);
  addEdits(schedule, terminal);
};

const addReadings = (schedule: Command, terminal: Terminal): void => {
  withApiOptions(schedule.command('list').description('list the schedules and when each fires next')).action(
    onApi(async (api, options: ApiOptions) => {
      const schedules: WireSchedule[] = [];
      for await (const one of everyItem((cursor) => api.schedules({ limit: 500, cursor }))) schedules.push(one);
      if (options.json) return terminal.out(jsonText(schedules));
      if (schedules.length === 0)
        terminal.say('no schedules: declare one in a pipeline file, or create one with POST /api/v1/schedules');
      else
        for (const line of table(
          ['schedule', 'pipeline', 'when', 'timezone', 'next tick', 'last tick'],
          schedules.map((one) => row(terminal, one)),
        ))
          terminal.out(line);
    }),
  );
  withCount(schedule.command('next <id>').description('show when it fires next, paused or not')).action(
    onApi(async (api, id: string, options: CountOptions) => {
      const { items } = await api.nextTicks(id, countOf(options));
      if (options.json) terminal.out(jsonText(items));
      else for (const at of items) terminal.out(instant(terminal, at));
    }),
  );
  withCount(schedule.command('ticks <id>').description('show the outcome of its last ticks')).action(
    onApi(async (api, id: string, options: CountOptions) => {
      const { items } = await api.ticks(id, { limit: countOf(options) });
      if (options.json) return terminal.out(jsonText(items));
      const rows = items.map((tick) => [
        instant(terminal, tick.instant),
        tick.outcome,
        tick.run_id ?? '-',
        tick.reason ?? '',
      ]);
      for (const line of table(['instant', 'outcome', 'run', 'reason'], rows)) terminal.out(line);
    }),
  );
  withRecurrence(
    withCount(schedule.command('preview').description('show when a recurrence would fire; saves nothing')),
  ).action(
    onApi(async (api, options: RecurrenceOptions) => {
      const preview = await api.previewSchedule({ ...recurrenceOf(options), n: countOf(options) });
      if (options.json) return terminal.out(jsonText(preview));
      terminal.say(preview.words);
      for (const { at, local } of preview.items) terminal.out(`${at}  ${local}`);
    }),
  );
};

const addEdits = (schedule: Command, terminal: Terminal): void => {
  const show = (options: ApiOptions, edited: WireSchedule): void => {
    if (options.json) terminal.out(jsonText(edited));
    else
      for (const line of table(
        ['schedule', 'pipeline', 'when', 'timezone', 'next tick', 'last tick'],
        [row(terminal, edited)],
      ))
        terminal.out(line);
  };
  withRecurrence(
    withApiOptions(schedule.command('set <id>').description('change the given settings, from the next tick on')),
  )
    .option('--overlap <policy>', 'skip, queue, allow or cancel_running')
    .option('--mode <mode>', 'mode of the pipeline: a preset of params and stages')
    .option('--note <text>', 'note for whoever reads it next')
    .action(
      onApi(async (api, id: string, options: SetOptions) => {
        const { overlap, mode, note } = options;
        const body = given({ ...recurrenceOf(options), overlap, mode, note });
        if (Object.keys(body).length === 0) throw new CliError(EXIT.usage, 'nothing to change: see --help');
        show(options, await api.patchSchedule(id, body));
      }),
    );
  for (const verb of ['pause', 'resume'] as const)
    withApiOptions(
      schedule
        .command(`${verb} <id>`)
        .description(verb === 'pause' ? 'stop its ticks from starting runs' : 'fire again from the next tick on'),
    )
      .option('--note <text>', 'note for whoever reads it next')
      .action(
        onApi(async (api, id: string, options: SetOptions) => {
          const note = given({ note: options.note });
          show(options, await (verb === 'pause' ? api.pauseSchedule(id, note) : api.resumeSchedule(id, note)));
        }),
      );
  withApiOptions(
    schedule.command('trigger <id>').description('start a run now, just as a tick would, paused or not'),
  ).action(
    onApi(async (api, id: string, options: ApiOptions) => {
      const run = await api.triggerSchedule(id, randomUUID());
      terminal.out(options.json ? jsonText(run) : run.run_id);
    }),
  );
};

const withCount = (command: Command): Command => withApiOptions(command).option('-n <count>', 'how many (default 5)');
const countOf = ({ n }: CountOptions): number => wholeNumber('-n', n ?? '5', 1);

const withRecurrence = (command: Command): Command =>
  command
    .option(
      '--cron <cron>',
      'five fields, or six with seconds first; if both day of month and weekday are set, either one matching is enough',
    )
    .option('--every <duration>', 'instead of --cron, e.g. 15m')
    .option('--timezone <zone>', 'IANA time zone, e.g. Europe/Paris');
const recurrenceOf = ({ cron, every, timezone }: RecurrenceOptions) => given({ cron, every, timezone });
const given = (fields: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );

const row = (terminal: Terminal, schedule: WireSchedule): string[] => [
  schedule.id,
  schedule.pipeline,
  schedule.words,
  schedule.timezone,
  schedule.paused
    ? 'paused'
    : schedule.blocked !== null
      ? `skipped: ${schedule.blocked}`
      : schedule.next_at === null
        ? '-'
        : instant(terminal, schedule.next_at),
  schedule.last_tick === null ? '-' : `${instant(terminal, schedule.last_tick.instant)} ${schedule.last_tick.outcome}`,
];
