import type { Schedule } from '@millrace/client';
import { overlapWords } from './overlap-words.ts';
import { formatEvery } from './schedule-draft.ts';

type Settings = NonNullable<Schedule['definition']>;

/** Settings in force that differ from the definition; `there`: the definition's value. */
export const differencesOf = (inForce: Settings, definition: Settings): readonly { readonly what: string; readonly there: string }[] =>
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
  ['Catch-up', ({ catch_up: { policy, window_ms } }) => (policy === 'none' ? 'none' : `${policy}, within ${formatEvery(window_ms)}`)],
];
