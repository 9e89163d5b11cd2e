import type { Schedule } from '@millrace/client';

/** What a tick does while a run of the pipeline is live. */
export const OVERLAPS: readonly { readonly value: NonNullable<Schedule['overlap']>; readonly words: string }[] = [
  { value: 'skip', words: 'skip the tick' },
  { value: 'queue', words: 'wait in line' },
  { value: 'cancel_running', words: 'cancel the one that runs' },
  { value: 'allow', words: 'run both' },
];

export const overlapWords = (overlap: Schedule['overlap']): string =>
  overlap === null ? 'as the pipeline says' : OVERLAPS.find(({ value }) => value === overlap)!.words;
