/** The overrides of schedules, and the ledger of their ticks. A tick at or before the schedule's cursor is handled. */
import type { RunId } from '../domain/index.ts';
import type { PutSchedule, PutScheduleAnswer, RecordTick, TickView } from '../ports/index.ts';
import type { Deployment } from './deployment.ts';
import { IDEMPOTENCY_MS } from './idempotency.ts';

export interface Tick {
  readonly scheduleId: string;
  /** ms since the epoch. */
  readonly instant: number;
}

export const isHandled = (deployment: Deployment, { scheduleId, instant }: Tick): boolean => {
  const cursor = cursorOf(deployment, scheduleId);
  return cursor !== null && instant <= cursor;
};

/** The instant of the last handled tick, ms since the epoch; null: none yet. */
export const cursorOf = (deployment: Deployment, scheduleId: string): number | null =>
  deployment.cursors.get(scheduleId) ?? null;

/** Writes the tick into the ledger, which moves the cursor. */
export const noteTick = (
  deployment: Deployment,
  tick: Tick & { outcome: TickView['outcome']; reason: string | null; runId: RunId | null },
): void => {
  const { scheduleId, ...facts } = tick;
  const ledger = deployment.ticks.get(scheduleId) ?? [];
  deployment.ticks.set(scheduleId, ledger);
  ledger.push({ ...facts, handledAt: deployment.clock.now() });
  deployment.cursors.set(scheduleId, facts.instant);
};

/** A decision made at this revision of the schedules must be made again. */
export const isOutdated = (deployment: Deployment, revision: number | null | undefined): boolean =>
  typeof revision === 'number' && revision !== deployment.scheduleRevision;

/** An entry without a run or a reason was not a tick: it only moved the cursor. */
export const isListed = ({ runId, reason }: TickView): boolean => runId !== null || reason !== null;

/** A tick that starts no run. */
export const recordTick = (
  deployment: Deployment,
  { scheduleRevision, ...tick }: RecordTick,
): 'recorded' | 'done' | 'schedule_changed' => {
  if (isOutdated(deployment, scheduleRevision)) return 'schedule_changed';
  if (isHandled(deployment, tick)) return 'done';
  noteTick(deployment, { ...tick, runId: null });
  return 'recorded';
};

export const putSchedule = (
  deployment: Deployment,
  { id, stored, begins, revision, idempotency }: PutSchedule,
): PutScheduleAnswer => {
  const now = deployment.clock.now();
  const kept = idempotency && deployment.idempotency.get(idempotency.key);
  if (kept && kept.until > now)
    return kept.bodyHash === idempotency.bodyHash
      ? { kind: 'repeated', id: kept.made }
      : { kind: 'idempotency_mismatch' };
  if (isOutdated(deployment, revision)) return { kind: 'changed' };
  if (stored) deployment.schedules.set(id, stored);
  else deployment.schedules.delete(id);
  deployment.scheduleRevision += 1;
  if (begins) deployment.schedulesBegun.set(id, now);
  if (idempotency)
    deployment.idempotency.set(idempotency.key, {
      bodyHash: idempotency.bodyHash,
      made: id,
      pipeline: stored?.pipeline ?? null,
      until: now + IDEMPOTENCY_MS,
    });
  return { kind: 'put' };
};
