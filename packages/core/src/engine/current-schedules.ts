import { DEFAULT_CATCH_UP } from '../definition/index.ts';
import type { CatchUp, OverlapPolicy, PipelineName, ScheduleSpec } from '../domain/index.ts';
import type { Readings, StoredSchedule } from '../ports/index.ts';
import type { Recurrence } from './due-ticks.ts';

/** A schedule as it is served: that of the definition, with what was set through the API over it. */
export interface Schedule extends Recurrence {
  readonly id: string;
  readonly pipeline: PipelineName;
  readonly paused: boolean;
  readonly overlap: OverlapPolicy | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly mode: string | null;
  readonly catchUp: CatchUp;
}

/**
 * The schedules of all current pipelines, by id. A stored one whose pipeline is not current is left out: it has nothing to start.
 * Of two pipelines whose definitions claim one id, the first by name has it.
 */
export const currentSchedules = async (store: Pick<Readings, 'pipelines' | 'schedules'>): Promise<ReadonlyMap<string, Schedule>> => {
  const [pipelines, stored] = await Promise.all([store.pipelines(), store.schedules()]);
  const schedules = new Map<string, Schedule>();
  for (const pipeline of [...pipelines].reverse())
    for (const spec of pipeline.schedules) schedules.set(spec.id, { ...spec, pipeline: pipeline.name, paused: false });
  const names = new Set(pipelines.map((pipeline) => pipeline.name));
  for (const schedule of stored) if (names.has(schedule.pipeline)) schedules.set(schedule.id, overlay(schedules.get(schedule.id), schedule));
  return schedules;
};

/** What decides when a schedule is due, as one text: a schedule whose text changed is another one. */
export const specOf = ({ cron, everyMs, timezone }: Recurrence): string => (cron === null ? `every ${everyMs}` : `${cron} ${timezone}`);

const overlay = (defined: Schedule | undefined, { id, pipeline, cron, everyMs, timezone, paused }: StoredSchedule): Schedule => ({
  ...(defined?.pipeline === pipeline ? defined : UNDEFINED),
  id,
  pipeline,
  cron,
  everyMs,
  timezone,
  paused,
});

const UNDEFINED: Pick<ScheduleSpec, 'overlap' | 'params' | 'mode' | 'catchUp'> = { overlap: null, params: {}, mode: null, catchUp: DEFAULT_CATCH_UP };
