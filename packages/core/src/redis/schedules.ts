/** Settings of schedules made through the API, and the ledger of their ticks. */
import type { RunId } from '../domain/index.ts';
import type {
  PutSchedule,
  PutScheduleAnswer,
  RecordTick,
  ScheduleChanges,
  StoredSchedule,
  TickView,
} from '../ports/index.ts';
import { storedNames } from './layout/packed.ts';
import { SCHEDULE, SCHEDULE_CHANGES } from './layout/records.ts';
import { type Database, runScript } from './script.ts';

const STORED = storedNames(SCHEDULE_CHANGES);

/** Entries kept per ledger; the scripts trim to it. */
const KEPT = 1_000;

export const putSchedule = async (
  db: Database,
  { id, stored, begins, revision, idempotency }: PutSchedule,
): Promise<PutScheduleAnswer> => {
  const { kind, made } = await runScript(db, 'put_schedule', {
    scheduleId: id,
    stored,
    begins,
    revision: revision ?? null,
    idempotencyKey: idempotency?.key ?? null,
    bodyHash: idempotency?.bodyHash ?? null,
    pipeline: stored?.pipeline ?? null,
  });
  return kind === 'repeated' ? { kind, id: made! } : { kind };
};

export const recordTick = (db: Database, { scheduleId, instant, outcome, reason, scheduleRevision }: RecordTick) =>
  runScript(db, 'record_tick', { scheduleId, instant, outcome, reason, judgedBy: scheduleRevision ?? null });

export const schedules = async (db: Database): Promise<readonly StoredSchedule[]> =>
  Object.values(await db.redis.hgetall(db.keys.schedules)).map((json) => JSON.parse(json) as StoredSchedule);

export const scheduleChanges = async (db: Database): Promise<ScheduleChanges> => {
  const {
    [STORED.revision]: revision,
    [STORED.born]: born,
    ...marks
  } = await db.redis.hgetall(db.keys.scheduleChanges);
  const marked = (kind: string) =>
    Object.fromEntries(
      Object.entries(marks)
        .filter(([field]) => field.startsWith(kind))
        .map(([field, at]) => [field.slice(kind.length), Number(at)]),
    );
  return {
    revision: Number(revision ?? 0),
    born: born === undefined ? null : Number(born),
    begun: marked(STORED.begun),
    returned: marked(STORED.returned),
  };
};

export const scheduleCursor = async (db: Database, id: string): Promise<number | null> => {
  const cursor = await db.redis.hget(db.keys.schedule(id), SCHEDULE.fields.cursor.stored);
  return cursor === null ? null : Number(cursor);
};

export const ticks = async (db: Database, id: string, limit: number, before = Infinity): Promise<readonly TickView[]> =>
  (await db.redis.lrange(db.keys.ticks(id), 0, (before === Infinity ? limit : KEPT) - 1))
    .map((json) => {
      const stored = JSON.parse(json) as {
        instant: number;
        outcome: TickView['outcome'];
        reason: string | null;
        run_id: RunId | null;
        handled_at: number;
      };
      return {
        instant: stored.instant,
        outcome: stored.outcome,
        reason: stored.reason,
        runId: stored.run_id,
        handledAt: stored.handled_at,
      };
    })
    .filter((tick) => tick.instant < before)
    .slice(0, limit);
