import { z } from 'zod';
import { OVERLAP_POLICIES, type OverlapPolicy } from '../domain/index.ts';
import type { Schedule, ScheduleSettings, TickView } from '../ports/index.ts';
import { toInstant, toInstantOrNull, wireInstant } from './time.ts';

/** A schedule as pages show it. */
export interface ScheduleInForce extends Schedule {
  /** When it is due next, ms since the epoch; null: paused, blocked, or never again. */
  readonly nextAt: number | null;
  /** The newest entry of its ledger. */
  readonly lastTick: TickView | null;
  /** When it is due, for people. */
  readonly words: string;
}

/** An entry of a schedule's ledger. */
export const wireTick = z
  .object({
    instant: wireInstant,
    outcome: z.enum(['fired', 'skipped', 'missed', 'caught_up']),
    reason: z.string().nullable(),
    run_id: z.string().nullable(),
    handled_at: wireInstant,
  })
  .meta({ id: 'Tick' });
export type WireTick = z.infer<typeof wireTick>;

export const toWireTick = (tick: TickView): WireTick => ({
  instant: toInstant(tick.instant),
  outcome: tick.outcome,
  reason: tick.reason,
  run_id: tick.runId,
  handled_at: toInstant(tick.handledAt),
});

const settings = {
  cron: z.string().nullable(),
  every_ms: z.number().nullable(),
  timezone: z.string(),
  overlap: z
    .enum(OVERLAP_POLICIES as [OverlapPolicy, ...OverlapPolicy[]])
    .nullable()
    .meta({ description: "null: the mode's policy, or the pipeline's" }),
  mode: z.string().nullable(),
  stages: z.array(z.string()).nullable().meta({ description: "Only these stages; null: the mode's, or all" }),
  params: z.record(z.string(), z.unknown()),
  catch_up: z.object({ policy: z.enum(['none', 'last', 'all']), window_ms: z.number() }),
};

export const wireSchedule = z
  .object({
    id: z.string(),
    pipeline: z.string(),
    ...settings,
    words: z.string().meta({ description: 'The recurrence in words: "Every 15 minutes"' }),
    paused: z.boolean(),
    paused_at: wireInstant.nullable(),
    paused_by: z.string().nullable(),
    blocked: z.string().nullable().meta({
      description: 'Why its ticks are skipped, paused or not: no file defines its pipeline. It resumes when one does',
    }),
    note: z.string().nullable(),
    set_by: z
      .enum(['definition', 'api'])
      .meta({ description: 'Where the settings come from; a pause alone leaves them at `definition`' }),
    definition: z
      .object(settings)
      .nullable()
      .meta({ description: "The settings in the pipeline's definition; null: it does not declare this schedule" }),
    next_at: wireInstant.nullable().meta({ description: 'null: paused, blocked, or never fires again' }),
    last_tick: wireTick.nullable(),
  })
  .meta({ id: 'Schedule' });
export type WireSchedule = z.infer<typeof wireSchedule>;

export const toWireSchedule = (schedule: ScheduleInForce): WireSchedule => ({
  id: schedule.id,
  pipeline: schedule.pipeline,
  ...toWireSettings(schedule),
  words: schedule.words,
  paused: schedule.paused !== null,
  paused_at: toInstantOrNull(schedule.paused?.at ?? null),
  paused_by: schedule.paused?.by ?? null,
  blocked: schedule.blocked,
  note: schedule.note,
  set_by: schedule.setBy,
  definition: schedule.definition && toWireSettings(schedule.definition),
  next_at: toInstantOrNull(schedule.nextAt),
  last_tick: schedule.lastTick === null ? null : toWireTick(schedule.lastTick),
});

const toWireSettings = ({ cron, everyMs, timezone, overlap, mode, stages, params, catchUp }: ScheduleSettings) => ({
  cron,
  every_ms: everyMs,
  timezone,
  overlap,
  mode,
  stages: stages?.slice() ?? null,
  params,
  catch_up: { policy: catchUp.policy, window_ms: catchUp.windowMs },
});
