/** The form's fields as typed, and the request made from them. */
import type { Schedule, ScheduleFields } from '@millrace/client';

export interface Draft {
  readonly kind: 'cron' | 'every';
  readonly cron: string;
  /** "15m" */
  readonly every: string;
  readonly timezone: string;
  /** '': the pipeline's policy. */
  readonly overlap: NonNullable<Schedule['overlap']> | '';
  readonly mode: string | null;
  /** Usually an object; the JSON view allows anything, and the API validates it. */
  readonly params: unknown;
  /** Null: the mode's or the pipeline's stages. */
  readonly stages: readonly string[] | null;
  readonly catchUp: Schedule['catch_up']['policy'];
  readonly window: string;
  readonly note: string;
}

export const NEW_DRAFT: Draft = {
  kind: 'cron',
  cron: '*/15 * * * *',
  every: '15m',
  timezone: 'UTC',
  overlap: '',
  mode: null,
  params: {},
  stages: null,
  catchUp: 'last',
  window: '15m',
  note: '',
};

export const draftOf = (schedule: Schedule): Draft => ({
  kind: schedule.cron === null ? 'every' : 'cron',
  cron: schedule.cron ?? NEW_DRAFT.cron,
  every: schedule.every_ms === null ? NEW_DRAFT.every : formatEvery(schedule.every_ms),
  timezone: schedule.timezone,
  overlap: schedule.overlap ?? '',
  mode: schedule.mode,
  params: schedule.params,
  stages: schedule.stages,
  catchUp: schedule.catch_up.policy,
  window: formatEvery(schedule.catch_up.window_ms),
  note: schedule.note ?? '',
});

/** Also the query of the preview. */
export const recurrenceOf = ({
  kind,
  cron,
  every,
  timezone,
}: Draft): { cron?: string; every?: string; timezone: string } =>
  kind === 'cron'
    ? { cron: cron.trim(), timezone: timezone.trim() }
    : { every: every.trim(), timezone: timezone.trim() };

export const fieldsOf = (draft: Draft): ScheduleFields => ({
  ...recurrenceOf(draft),
  overlap: draft.overlap === '' ? null : draft.overlap,
  mode: draft.mode,
  params: draft.params as Schedule['params'],
  stages: draft.stages,
  catch_up: { policy: draft.catchUp, window: draft.window.trim() },
  note: draft.note.trim() === '' ? null : draft.note.trim(),
});

/** Only the changed fields: a note alone leaves the settings with the definition. Empty: no changes. */
export const changesOf = (draft: Draft, schedule: Schedule): ScheduleFields => {
  const before: Readonly<Record<string, unknown>> = { ...fieldsOf(draftOf(schedule)) };
  return Object.fromEntries(
    Object.entries(fieldsOf(draft)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );
};

/** ms -> "15m", "1h30m", "250": as written in definitions, losslessly. */
export const formatEvery = (ms: number): string => {
  if (ms === 0 || ms % 1_000 !== 0) return String(ms);
  let left = ms;
  return UNITS.map(([unit, length]) => {
    const count = Math.floor(left / length);
    left -= count * length;
    return count === 0 ? '' : `${count}${unit}`;
  }).join('');
};
const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

type Settings = NonNullable<Schedule['definition']>;

/** Settings in force that differ from the definition; `there`: the definition's value. */
export const differencesOf = (
  inForce: Settings,
  definition: Settings,
): readonly { readonly what: string; readonly there: string }[] =>
  SHOWN.flatMap(([what, show]) => {
    const there = show(definition);
    return show(inForce) === there ? [] : [{ what, there }];
  });

const SHOWN: readonly (readonly [what: string, show: (settings: Settings) => string])[] = [
  ['Due', ({ cron, every_ms }) => cron ?? `every ${formatEvery(every_ms!)}`],
  ['Time zone', ({ timezone }) => timezone],
  ['If a run is live', ({ overlap }) => overlapWords(overlap)],
  ['Mode', ({ mode }) => mode ?? 'none'],
  ['Params', ({ params }) => JSON.stringify(params)],
  ['Stages', ({ stages }) => (stages === null ? "the mode's, or all" : stages.join(', '))],
  [
    'Catch-up',
    ({ catch_up: { policy, window_ms } }) =>
      policy === 'none' ? 'none' : `${policy}, within ${formatEvery(window_ms)}`,
  ],
];

/** What a tick does while a run of the pipeline is live. */
export const OVERLAPS: readonly { readonly value: NonNullable<Schedule['overlap']>; readonly words: string }[] = [
  { value: 'skip', words: 'skip the tick' },
  { value: 'queue', words: 'wait in the queue' },
  { value: 'cancel_running', words: 'cancel the live run' },
  { value: 'allow', words: 'run both' },
];

export const overlapWords = (overlap: Schedule['overlap']): string =>
  overlap === null ? "the pipeline's policy" : OVERLAPS.find(({ value }) => value === overlap)!.words;
