/** Downloads the whole event log as JSON lines, page by page. */
import type { Event } from '@millrace/client';
import type { LoadEvents } from './event-pages.ts';

const STEP = 500;

/** `progress` receives the number of events read. Throws what `load` throws. */
export const readAllEvents = async (load: LoadEvents, lastSeq: number, progress: (events: number) => void): Promise<Blob> => {
  const parts: string[] = [];
  let looked = 0;
  while (looked < lastSeq) {
    const events: readonly Event[] = await load(looked, STEP);
    if (events.length === 0) break;
    parts.push(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    looked = events.at(-1)!.seq;
    progress(looked);
  }
  return new Blob(parts, { type: 'application/x-ndjson' });
};

export const saveAs = (blob: Blob, name: string): void => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};
