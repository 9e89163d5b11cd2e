import { type CatchUp, OVERLAP_POLICIES, type Pipeline, type ScheduleSpec } from '../domain/index.ts';
import { problemOfCron, problemOfInterval, problemOfTimezone } from './cron.ts';
import { Fields, kindOf, type Reading } from './fields.ts';
import { readSelection } from './read-modes.ts';

/** With no scheduler up at the tick, the newest tick runs late if it is no older than this. */
export const DEFAULT_CATCH_UP: CatchUp = { policy: 'last', windowMs: 15 * 60_000 };
const SCHEDULE_FIELDS = ['id', 'cron', 'every', 'timezone', 'overlap', 'params', 'mode', 'stages', 'catchUp'];

/** The `schedules` of a pipeline; their params and modes are checked after the rest has been read. */
export const readSchedules = (
  reading: Reading,
  owner: Fields,
  pipeline: string,
  stages: ReadonlySet<string>,
): readonly ScheduleSpec[] => {
  const list = owner.raw('schedules') ?? [];
  if (!Array.isArray(list)) {
    owner.wrong('schedules', `must be a list, not ${kindOf(list)}`);
    return [];
  }
  const schedules = list.map((entry, index) =>
    readSchedule(
      reading,
      new Fields(reading, entry, [...owner.at('schedules'), index], SCHEDULE_FIELDS),
      index === 0 ? pipeline : `${pipeline}-${index + 1}`,
      stages,
    ),
  );
  for (const [index, { id }] of schedules.entries())
    if (schedules.findIndex((other) => other.id === id) < index)
      reading.problems.add([...owner.at('schedules'), index], `two schedules have the id "${id}"`);
  return schedules;
};

const readSchedule = (
  reading: Reading,
  fields: Fields,
  defaultId: string,
  stages: ReadonlySet<string>,
): ScheduleSpec => {
  const cron = fields.text('cron');
  const everyMs = fields.duration('every');
  if (fields.has('cron') === fields.has('every'))
    reading.problems.add(fields.path, 'a schedule needs either "cron" or "every"');
  const cronProblem = cron === null ? null : problemOfCron(cron);
  if (cronProblem !== null) fields.wrong('cron', cronProblem);
  const everyProblem = everyMs === null ? null : problemOfInterval(everyMs);
  if (everyProblem !== null) fields.wrong('every', everyProblem);
  const timezone = fields.text('timezone') ?? 'UTC';
  const timezoneProblem = problemOfTimezone(timezone);
  if (timezoneProblem !== null) fields.wrong('timezone', timezoneProblem);
  return {
    id: fields.name('id') ?? defaultId,
    cron,
    everyMs,
    timezone,
    overlap: fields.choice('overlap', OVERLAP_POLICIES),
    params: fields.map('params') ?? {},
    mode: fields.text('mode'),
    stages: readSelection(reading, fields, stages),
    catchUp: readCatchUp(reading, fields),
  };
};

const readCatchUp = (reading: Reading, owner: Fields): CatchUp => {
  if (!owner.has('catchUp')) return DEFAULT_CATCH_UP;
  const fields = new Fields(reading, owner.raw('catchUp'), owner.at('catchUp'), ['policy', 'window']);
  return {
    policy: fields.choice('policy', ['none', 'last', 'all']) ?? DEFAULT_CATCH_UP.policy,
    windowMs: fields.duration('window') ?? DEFAULT_CATCH_UP.windowMs,
  };
};

/** Checks that each schedule can start its run unattended: its mode exists and its params are complete. */
export const checkSchedules = (
  reading: Reading,
  owner: Fields,
  pipeline: Pipeline,
  problemOf: (pipeline: Pipeline, schedule: ScheduleSpec) => string | null,
): void => {
  for (const [index, schedule] of pipeline.schedules.entries()) {
    const problem = problemOf(pipeline, schedule);
    if (problem !== null)
      reading.problems.add([...owner.at('schedules'), index], `the schedule could not start a run: ${problem}`);
  }
};
