import type { Pipeline, PipelineName } from '../domain/index.ts';
import type { Readings, Schedule, ScheduleChanges, StoredSchedule } from '../ports/index.ts';
import { type DefinitionFiles, definitionFiles, type DefinitionReadings } from './definition-files.ts';
import type { Recurrence } from './due-ticks.ts';

type ScheduleReadings = Pick<Readings, 'pipelines' | 'schedules' | 'scheduleChanges'> & DefinitionReadings;

/**
 * The schedules of all current pipelines, by id. Omits stored ones whose pipeline is not current: they have nothing to
 * start. If two definitions claim the same id, a pipeline defined by a file wins, then the first by name.
 */
export const currentSchedules = async (store: ScheduleReadings): Promise<ReadonlyMap<string, Schedule>> => {
  // Read the revision first: a change during the other reads outdates it, and writes based on it are refused.
  const changes = await store.scheduleChanges();
  const [pipelines, stored, files] = await Promise.all([store.pipelines(), store.schedules(), definitionFiles(store)]);
  const schedules = new Map<string, Schedule>();
  const rank = ({ name }: Pipeline): number => (files.missing(name) === null ? 1 : 0);
  for (const { name, schedules: specs } of [...pipelines].reverse().sort((a, b) => rank(a) - rank(b)))
    for (const spec of specs)
      schedules.set(spec.id, {
        ...spec,
        ...beginning(changes, spec.id, name),
        ...blockedBy(files, name),
        pipeline: name,
        setBy: 'definition',
        definition: spec,
        paused: null,
        note: null,
      });
  const names = new Set(pipelines.map((pipeline) => pipeline.name));
  for (const one of stored) {
    const schedule = names.has(one.pipeline) ? overlay(changes, files, schedules.get(one.id), one) : null;
    if (schedule) schedules.set(schedule.id, schedule);
  }
  return schedules;
};

/** The settings that determine when a schedule is due, as text; a change of this text makes it a new schedule. */
export const specOf = ({ cron, everyMs, timezone }: Recurrence): string =>
  cron === null ? `every ${everyMs}` : `${cron} ${timezone}`;

const beginning = (
  { revision, begun, returned }: ScheduleChanges,
  id: string,
  pipeline: PipelineName,
): Pick<Schedule, 'begunAt' | 'revision'> => {
  const begunAt = Math.max(begun[id] ?? 0, returned[pipeline] ?? 0);
  return { begunAt: begunAt === 0 ? null : begunAt, revision };
};

const blockedBy = (files: DefinitionFiles, pipeline: PipelineName): Pick<Schedule, 'blocked' | 'filesTold'> => ({
  blocked: files.missing(pipeline),
  filesTold: files.told,
});

/** Null: a stored pause of a schedule that the definition no longer has. */
const overlay = (
  changes: ScheduleChanges,
  files: DefinitionFiles,
  defined: Schedule | undefined,
  { id, pipeline, settings, paused, note }: StoredSchedule,
): Schedule | null => {
  const own = defined?.pipeline === pipeline ? defined : undefined;
  if (settings !== null) {
    const state = { ...beginning(changes, id, pipeline), ...blockedBy(files, pipeline) };
    return { ...settings, ...state, id, pipeline, setBy: 'api', definition: own?.definition ?? null, paused, note };
  }
  return own ? { ...own, paused, note } : null;
};
