/** Edits to schedules. Each is one conditional write, re-evaluated if another edit came first. */
import { v7 } from 'uuid';
import { validateParams } from '../definition/index.ts';
import {
  didYouMean,
  isName,
  MillraceError,
  type Pipeline,
  type PipelineName,
  type ScheduleSpec,
} from '../domain/index.ts';
import type {
  PutSchedule,
  PutScheduleAnswer,
  Schedule,
  ScheduleSettings,
  Store,
  StoredSchedule,
} from '../ports/index.ts';
import { currentSchedules, specOf } from './current-schedules.ts';
import { keyMismatch, madeBefore } from './made-before.ts';
import { unknownName, unknownPipeline } from './unknown-name.ts';

export interface NewSchedule {
  /** Null: the pipeline's name, with the first free number appended if taken. */
  readonly id: string | null;
  readonly pipeline: string;
  readonly settings: ScheduleSettings;
  readonly paused: boolean;
  readonly note: string | null;
  readonly by: string | null;
  readonly idempotency: PutSchedule['idempotency'];
}

/** Omitted fields stay unchanged. */
export interface ScheduleEdit {
  readonly settings?: ScheduleSettings;
  readonly paused?: boolean;
  readonly note?: string | null;
}

/**
 * @throws MillraceError `invalid_request` (no such pipeline), `invalid_params`, `illegal_transition` (the id is taken),
 * `idempotency_mismatch`
 */
export const createSchedule = async (
  store: Store,
  { settings, note, by, idempotency, ...wanted }: NewSchedule,
): Promise<{ id: string; repeated: boolean }> => {
  const before = await madeBefore(store, idempotency);
  if (before !== null) return { id: before.made, repeated: true };
  const once = idempotency ?? ownKey();
  return untilPut(async () => {
    const { revision } = await store.scheduleChanges();
    const schedules = await currentSchedules(store);
    const pipeline = await pipelineOf(store, wanted.pipeline);
    checkStart(pipeline, settings);
    const id = wanted.id ?? freeId(pipeline.name, schedules);
    const taken = schedules.get(id);
    if (taken && idempotency === null) throw takenId(taken);
    const stored: StoredSchedule = {
      id,
      pipeline: pipeline.name,
      settings,
      paused: wanted.paused ? { at: await store.now(), by } : null,
      note,
    };
    // A repeated request finds its own schedule. Revision -1 never matches, so the store only answers whether it knows
    // the key.
    const answer = await store.putSchedule({
      id,
      stored,
      begins: true,
      revision: taken ? -1 : revision,
      idempotency: once,
    });
    if (answer.kind === 'idempotency_mismatch') throw keyMismatch();
    if (answer.kind === 'changed') return taken ? Promise.reject(takenId(taken)) : null;
    return answer.kind === 'repeated' ? { id: answer.id, repeated: idempotency !== null } : { id, repeated: false };
  });
};

/**
 * `edit` may be called several times. @throws MillraceError `unknown_schedule`, `invalid_params`, and what `edit`
 * throws
 */
export const editSchedule = (
  store: Store,
  id: string,
  by: string | null,
  edit: (schedule: Schedule) => ScheduleEdit,
): Promise<void> =>
  untilPut(async () => {
    const schedule = await scheduleNamed(store, id);
    const {
      settings = schedule.setBy === 'api' ? settingsOf(schedule) : null,
      paused,
      note = schedule.note,
    } = edit(schedule);
    if (settings) checkStart(await pipelineOf(store, schedule.pipeline), settings);
    const pause =
      paused === false ? null : paused === true ? (schedule.paused ?? { at: await store.now(), by }) : schedule.paused;
    const stored =
      settings === null && pause === null && note === null
        ? null
        : { id, pipeline: schedule.pipeline, settings, paused: pause, note };
    const begins =
      (settings !== null && specOf(settings) !== specOf(schedule)) || (schedule.paused !== null && pause === null);
    const answer = await store.putSchedule({ id, stored, begins, revision: schedule.revision, idempotency: ownKey() });
    return wasPut(answer) ? true : null;
  }).then(() => {});

/**
 * Removes the API's settings. Returns whether the definition's schedule is now in force; without one the schedule is
 * gone.
 * @throws MillraceError `unknown_schedule`, `illegal_transition` (it is the definition's own)
 */
export const deleteSchedule = (store: Store, id: string): Promise<{ readonly fallsBack: boolean }> =>
  untilPut(async () => {
    const schedule = await scheduleNamed(store, id);
    if (schedule.setBy === 'definition')
      throw new MillraceError(
        'illegal_transition',
        `schedule ${id} is declared by the definition of ${schedule.pipeline} and would come back with it: pause it instead, or remove it from the definition`,
      );
    const defined = await definedSchedule(store, id);
    const begins = defined !== null && (specOf(defined) !== specOf(schedule) || schedule.paused !== null);
    const answer = await store.putSchedule({
      id,
      stored: null,
      begins,
      revision: schedule.revision,
      idempotency: ownKey(),
    });
    return wasPut(answer) ? { fallsBack: defined !== null } : null;
  });

/** @throws MillraceError `unknown_schedule` */
export const scheduleNamed = async (store: Store, id: string): Promise<Schedule> => {
  const schedules = await currentSchedules(store);
  const schedule = schedules.get(id);
  if (schedule) return schedule;
  throw unknownName('unknown_schedule', id, [...schedules.keys()]);
};

export const settingsOf = ({
  cron,
  everyMs,
  timezone,
  overlap,
  mode,
  stages,
  params,
  catchUp,
}: ScheduleSettings): ScheduleSettings => ({
  cron,
  everyMs,
  timezone,
  overlap,
  mode,
  stages,
  params,
  catchUp,
});

/** Lets a change resent after a lost reply find that it was already applied. */
const ownKey = (): PutSchedule['idempotency'] => ({ key: v7(), bodyHash: '-' });

const wasPut = ({ kind }: PutScheduleAnswer): boolean => kind === 'put' || kind === 'repeated';

/** More conflicts in a row than this indicate a fault. */
const ATTEMPTS = 50;

const untilPut = async <T>(attempt: () => Promise<T | null>): Promise<T> => {
  for (let made = 0; made < ATTEMPTS; made++) {
    const answer = await attempt();
    if (answer !== null) return answer;
  }
  throw new MillraceError(
    'store_unavailable',
    'concurrent changes to schedules kept this one from being applied; try again',
  );
};

const pipelineOf = async (store: Store, name: string): Promise<Pipeline> => {
  const pipeline = isName(name) ? await store.pipeline(name as PipelineName) : null;
  if (pipeline) return pipeline;
  const { message } = await unknownPipeline(store, name);
  throw new MillraceError('invalid_request', `pipeline: ${message}`, { errors: [{ path: 'pipeline', message }] });
};

/** A tick runs unattended, so its params must be complete. */
const checkStart = (pipeline: Pipeline, { params, mode, stages }: ScheduleSettings): void => {
  validateParams(pipeline, params, mode);
  const names = pipeline.stages.map(({ name }) => name as string);
  const errors = (stages ?? []).flatMap((stage, index) =>
    names.includes(stage)
      ? []
      : [
          {
            path: `stages.${index}`,
            message: `there is no stage "${stage.slice(0, 80)}" in ${pipeline.name}${didYouMean(stage, names)}`,
          },
        ],
  );
  const [first] = errors;
  if (first) throw new MillraceError('invalid_request', `${first.path}: ${first.message}`, { errors });
};

const freeId = (pipeline: string, schedules: ReadonlyMap<string, unknown>): string => {
  if (!schedules.has(pipeline)) return pipeline;
  let number = 2;
  while (schedules.has(`${pipeline}-${number}`)) number += 1;
  return `${pipeline}-${number}`;
};

const takenId = ({ id, pipeline }: Schedule): MillraceError =>
  new MillraceError(
    'illegal_transition',
    `schedule ${id} of ${pipeline} already exists: use PUT or PATCH to change it`,
  );

const definedSchedule = async (store: Store, id: string): Promise<ScheduleSpec | null> => {
  for (const { schedules } of await store.pipelines()) for (const spec of schedules) if (spec.id === id) return spec;
  return null;
};
