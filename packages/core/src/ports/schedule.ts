import type { PipelineName } from '../domain/index.ts';
import type { ScheduleSettings, StoredSchedule } from './schedule-transitions.ts';

/** A schedule as it is served: that of the definition, with what was set through the API over it. */
export interface Schedule extends ScheduleSettings {
  readonly id: string;
  readonly pipeline: PipelineName;
  /** Who made the settings what they are. A pause alone leaves them the definition's. */
  readonly setBy: 'definition' | 'api';
  /** What the pipeline's definition says of it; null: it does not have it. */
  readonly definition: ScheduleSettings | null;
  readonly paused: StoredSchedule['paused'];
  readonly note: string | null;
  /** Why its ticks start no run, though it may not be paused: no file defines its pipeline. Null: they do. */
  readonly blocked: string | null;
  /** False: no process tells now what the files define; `blocked` is what was told last. */
  readonly filesTold: boolean;
  /** Ticks at or before this instant (ms) that were not run yet are not run any more: it was made, edited or resumed then. Null: never. */
  readonly begunAt: number | null;
  /** Of all schedules, when this one was read. */
  readonly revision: number;
}
