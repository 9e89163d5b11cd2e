import type { Schedule } from '@millrace/client';

/** What a tick does while a run of the pipeline is live. */
export const OVERLAPS: readonly { readonly value: NonNullable<Schedule['overlap']>; readonly words: string }[] = [
  { value: 'skip', words: 'skip the tick' },
  { value: 'queue', words: 'wait in the queue' },
  { value: 'cancel_running', words: 'cancel the live run' },
  { value: 'allow', words: 'run both' },
];

export const overlapWords = (overlap: Schedule['overlap']): string =>
  overlap === null ? "the pipeline's policy" : OVERLAPS.find(({ value }) => value === overlap)!.words;
