import { z } from 'zod';
import type { StoredSchedule, TickView } from '../ports/index.ts';
import { toInstant, toInstantOrNull, wireInstant } from './time.ts';

/** A schedule as it is served now, with the next instant at which it is due (null: paused, or never again). */
export interface ScheduleInForce extends StoredSchedule {
  /** The definition, or the API, which wins. */
  readonly setBy: 'definition' | 'api';
  /** ms since the epoch. */
  readonly nextAt: number | null;
}

export const wireSchedule = z
  .object({
    id: z.string(),
    pipeline: z.string(),
    cron: z.string().nullable(),
    every_ms: z.number().nullable(),
    timezone: z.string(),
    paused: z.boolean(),
    set_by: z.enum(['definition', 'api']),
    next_at: wireInstant.nullable(),
  })
  .meta({ id: 'Schedule' });
export type WireSchedule = z.infer<typeof wireSchedule>;

export const toWireSchedule = (schedule: ScheduleInForce): WireSchedule => ({
  id: schedule.id,
  pipeline: schedule.pipeline,
  cron: schedule.cron,
  every_ms: schedule.everyMs,
  timezone: schedule.timezone,
  paused: schedule.paused,
  set_by: schedule.setBy,
  next_at: toInstantOrNull(schedule.nextAt),
});

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
