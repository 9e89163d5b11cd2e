import { currentSchedules, handleDueTicks, skipPast, specOf, type StoreState } from '@millrace/core/engine';
import type { Schedule } from '@millrace/core/ports';
import type { SchedulerDeps } from './scheduler-deps.ts';
import type { Leadership } from './leadership.ts';
import { repeatedly } from './repeatedly.ts';

/** How long a non-leader leaves a tick to the leader, ms. */
const DEFERENCE_MS = 400;
const LOOK_MS = 1_000;
/**
 * Grace period without an announcement of the definition files, for a deployment that restarts; shorter than the
 * allowed delay of a tick, ms.
 */
const RESTART_MS = 8_000;
/** Reconcile wake-ups with the schedules once per this many looks. */
const COMPARE_EVERY = 10;

/**
 * Handles each schedule's ticks as they come due: on wake-ups, and by polling at least every second, so that a lost
 * wake-up is harmless. Each poll reads the schedules again: changes take effect without a restart and never run past
 * ticks.
 */
export const serveTicks = (deps: SchedulerDeps, leadership: Pick<Leadership, 'leads'>, state: StoreState) => {
  const { store, locks, wakeUps, log, times } = deps;
  const everyMs = times.ticksMs ?? LOOK_MS;
  let schedules: ReadonlyMap<string, Schedule> = new Map();
  /** Per schedule: the spec last handled and the next due instant. */
  const agenda = new Map<string, { readonly wording: string; readonly dueAt: number | null }>();
  const busy = new Map<string, Promise<void>>();
  const files = followFiles(log);
  let storeBorn: number | null = null;
  let looks = 0;
  let lookedAt = 0;
  let nextLook: NodeJS.Timeout | null = null;
  let stopped = false;
  let stopWakeUps = (): Promise<void> => Promise.resolve();

  const look = async (): Promise<void> => {
    const [now, { born }] = await Promise.all([store.now(), store.scheduleChanges()]);
    if (born !== null && storeBorn !== null && born !== storeBorn) noteLoss();
    storeBorn = born ?? storeBorn;
    schedules = await currentSchedules(store);
    files.read(schedules);
    // The clock went back: later ticks are judged again.
    if (now < lookedAt) for (const [id, entry] of agenda) agenda.set(id, { ...entry, dueAt: 0 });
    lookedAt = now;
    for (const id of agenda.keys()) if (!schedules.has(id)) agenda.delete(id);
    const changed = [...schedules.values()].filter(
      (schedule) => agenda.get(schedule.id)?.wording !== wordingOf(schedule),
    );
    if (changed.length > 0 || looks % COMPARE_EVERY === 0) await compareWakeUps(changed, now);
    looks += 1;
    const patience = leadership.leads() ? 0 : DEFERENCE_MS;
    const due = [...schedules.values()].filter(
      ({ id }) =>
        agenda.has(id) && (agenda.get(id)!.dueAt ?? Infinity) + patience <= now && !files.waitsFor(schedules.get(id)!),
    );
    const results = await Promise.allSettled(due.map((schedule) => handle(schedule)));
    lookAgain(now, patience);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  };

  /**
   * Wake-ups store the spec they were made for, across restarts: ticks that lie in the past only under the new spec do
   * not run.
   */
  const compareWakeUps = async (changed: readonly Schedule[], now: number): Promise<void> => {
    const arranged = await wakeUps.arranged();
    for (const schedule of changed) {
      const before = arranged.get(schedule.id);
      const wording = wordingOf(schedule);
      if (before !== undefined && before !== wording) {
        if (
          isRedefined(before, schedule) &&
          !(await skipPast(store, schedule, now, 'the schedule was changed after this tick'))
        )
          continue;
        log.info({ schedule: schedule.id, before, after: wording }, 'schedule changed');
      }
      if (before !== wording) await arrange(schedule, wording);
      agenda.set(schedule.id, { wording, dueAt: 0 });
    }
    if (leadership.leads()) for (const id of arranged.keys()) if (!schedules.has(id)) await wakeUps.drop(id);
  };

  /** BullMQ cannot compute ticks in some zones around a clock change (Lord Howe). Polling covers those. */
  const arrange = (schedule: Schedule, wording: string): Promise<void> =>
    wakeUps
      .arrange(schedule, wording)
      .catch((error: unknown) => log.debug({ schedule: schedule.id, err: error }, 'no wake-up could be arranged'));

  /** Treats every schedule as new: arranges its wake-up and starts its cursor. */
  const noteLoss = (): void => {
    agenda.clear();
    log.warn('Redis has lost everything (it was flushed, or came back without its data): schedules are arranged anew');
  };

  /** One look at a time per schedule: a wake-up during a look joins it. */
  const handle = (schedule: Schedule): Promise<void> => {
    const running = busy.get(schedule.id);
    if (running) return running;
    const work = handleOne(schedule).finally(() => busy.delete(schedule.id));
    busy.set(schedule.id, work);
    return work;
  };

  const handleOne = async (schedule: Schedule): Promise<void> => {
    const { ticks, nextDueAt } = await handleDueTicks(store, locks, schedule);
    agenda.set(schedule.id, { wording: wordingOf(schedule), dueAt: nextDueAt });
    for (const tick of ticks)
      log.info(
        { schedule: schedule.id, pipeline: schedule.pipeline, ...tick, instant: new Date(tick.instant).toISOString() },
        `tick ${tick.outcome}`,
      );
  };

  /** Polls every `everyMs`, and in between when the next tick is due. After a failure it waits for the regular poll. */
  const lookAgain = (now: number, patience: number): void => {
    if (nextLook) clearTimeout(nextLook);
    const ahead = [...agenda.values()]
      .map((entry) => (entry.dueAt ?? Infinity) + patience - now)
      .filter((wait) => wait > 0);
    const wait = Math.min(...ahead);
    if (!stopped && wait < everyMs) nextLook = setTimeout(() => void look().catch(() => {}), wait);
  };

  const onTick = async (scheduleId: string): Promise<void> => {
    const schedule = schedules.get(scheduleId);
    if (schedule && agenda.get(scheduleId)?.wording === wordingOf(schedule) && !files.waitsFor(schedule) && !stopped)
      await handle(schedule);
  };

  const looking = repeatedly({ name: 'ticks', everyMs, act: look, log, state });
  return {
    start: async (): Promise<void> => {
      stopWakeUps = await wakeUps.onTick(onTick);
      looking.start();
    },
    stop: async (): Promise<void> => {
      stopped = true;
      if (nextLook) clearTimeout(nextLook);
      await Promise.all([looking.stop(), stopWakeUps(), ...busy.values()]);
    },
  };
};

/** Schedules that start nothing because no file defines their pipeline, and schedules that wait for an announcement. */
const followFiles = (log: SchedulerDeps['log']) => {
  let blocked: ReadonlyMap<string, Schedule> = new Map();
  let untoldSince: number | null = null;
  return {
    read: (schedules: ReadonlyMap<string, Schedule>): void => {
      const all = [...schedules.values()];
      const told = all.every(({ filesTold }) => filesTold);
      untoldSince = told ? null : (untoldSince ?? performance.now());
      if (!told) return;
      const now = new Map(
        all.flatMap((schedule) => (schedule.blocked === null ? [] : [[schedule.id, schedule] as const])),
      );
      for (const { id, pipeline, blocked: why } of now.values())
        if (!blocked.has(id))
          log.warn({ schedule: id, pipeline }, `${why}: ticks of schedule ${id} are skipped until one does`);
      for (const { id, pipeline } of blocked.values())
        if (!now.has(id) && schedules.has(id))
          log.info({ schedule: id, pipeline }, `pipeline ${pipeline} is defined again: schedule ${id} goes on`);
      blocked = now;
    },
    /** Only a live process's announcement lets a tick be skipped; until there is one the tick stays due. */
    waitsFor: ({ filesTold, blocked: why }: Schedule): boolean =>
      !filesTold && (why !== null || performance.now() - (untoldSince ?? 0) < RESTART_MS),
  };
};

/** The due instant and the start of the schedule, which its wake-up stores. */
const wordingOf = (schedule: Schedule): string => `${specOf(schedule)} since ${schedule.begunAt ?? 0}`;

/** Changed by a new version of its pipeline, which has no timestamp; an edit by the API has one. */
const isRedefined = (before: string, schedule: Schedule): boolean => {
  const [spec, since] = before.split(' since ');
  return spec !== specOf(schedule) && Number(since ?? 0) === (schedule.begunAt ?? 0);
};
