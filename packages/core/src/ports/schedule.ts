import type { PipelineName } from '../domain/index.ts';
import type { ScheduleSettings, StoredSchedule } from './schedule-transitions.ts';

/** A schedule in effect: the definition's, overridden by the API's settings. */
export interface Schedule extends ScheduleSettings {
  readonly id: string;
  readonly pipeline: PipelineName;
  /** Where the settings come from. A pause alone leaves them the definition's. */
  readonly setBy: 'definition' | 'api';
  /** The settings in the pipeline's definition; null: not in the definition. */
  readonly definition: ScheduleSettings | null;
  readonly paused: StoredSchedule['paused'];
  readonly note: string | null;
  /** Why its ticks start no run even if it is not paused: no file defines its pipeline. Null: they start runs. */
  readonly blocked: string | null;
  /** False: no live process reports what the files define; `blocked` reflects the last report. */
  readonly filesTold: boolean;
  /** When it was last created, edited or resumed, ms: earlier ticks that have not run never will. Null: never. */
  readonly begunAt: number | null;
  /** Revision of all schedules when this one was read. */
  readonly revision: number;
}
