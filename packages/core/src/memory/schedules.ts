/** The overrides of schedules, and the ledger of their ticks. A tick at or before the schedule's cursor is handled. */
import type { RunId } from '../domain/index.ts';
import type { TickView } from '../ports/index.ts';
import type { Deployment } from './deployment.ts';

export interface Tick {
  readonly scheduleId: string;
  /** ms since the epoch. */
  readonly instant: number;
}

export const isHandled = (deployment: Deployment, { scheduleId, instant }: Tick): boolean => {
  const cursor = cursorOf(deployment, scheduleId);
  return cursor !== null && instant <= cursor;
};

/** The instant of the last tick that was handled, ms since the epoch; null: none yet. */
export const cursorOf = (deployment: Deployment, scheduleId: string): number | null => deployment.ticks.get(scheduleId)?.at(-1)?.instant ?? null;

/** Writes the tick into the ledger, which moves the cursor. */
export const noteTick = (deployment: Deployment, tick: Tick & { outcome: TickView['outcome']; reason: string | null; runId: RunId | null }): void => {
  const { scheduleId, ...facts } = tick;
  const ledger = deployment.ticks.get(scheduleId) ?? [];
  deployment.ticks.set(scheduleId, ledger);
  ledger.push({ ...facts, handledAt: deployment.clock.now() });
};

/** A tick that starts no run. False: it was handled already. */
export const recordTick = (deployment: Deployment, tick: Tick & { outcome: 'skipped' | 'missed'; reason: string }): boolean => {
  if (isHandled(deployment, tick)) return false;
  noteTick(deployment, { ...tick, runId: null });
  return true;
};
