import type { RunEvent, RunId } from '@millrace/core/domain';
import type { Readings } from '@millrace/core/ports';
import { toWireLogLines, type WireLogLine } from '@millrace/core/wire';
import { PAGE, SCAN } from './find-events.ts';
import { stillThere } from './still-there.ts';

export interface ChosenLines {
  readonly stage?: string | undefined;
  readonly generation?: number | undefined;
  readonly attempt?: number | undefined;
}

/** Lines after a seq, in order: at least `limit` if available, since the lines of one event stay together. */
export const readLines = async (
  store: Readings,
  runId: RunId,
  chosen: ChosenLines,
  { afterSeq, limit }: { afterSeq: number; limit: number },
): Promise<{ items: readonly WireLogLine[]; next_cursor: string | null }> => {
  const items: WireLogLine[] = [];
  let last = afterSeq;
  for (let scanned = 0; scanned < SCAN; scanned += PAGE) {
    const events = stillThere(await store.events(runId, { afterSeq: last, limit: PAGE }), runId);
    for (const event of events) {
      items.push(...linesOf(event, chosen));
      last = event.seq;
      if (items.length >= limit) return { items, next_cursor: String(last) };
    }
    if (events.length < PAGE) return { items, next_cursor: null };
  }
  return { items, next_cursor: String(last) };
};

/** The last `count` lines, in order. */
export const tailLines = async (
  store: Readings,
  runId: RunId,
  chosen: ChosenLines,
  count: number,
): Promise<readonly WireLogLine[]> => {
  const chunks: (readonly WireLogLine[])[] = [];
  let found = 0;
  let before: number | null = null;
  for (let scanned = 0; scanned < SCAN && found < count; scanned += PAGE) {
    const events: readonly RunEvent[] = stillThere(
      await store.eventsBefore(runId, { beforeSeq: before, limit: PAGE }),
      runId,
    );
    const lines = events.flatMap((event) => linesOf(event, chosen));
    chunks.unshift(lines);
    found += lines.length;
    if (events.length < PAGE) break;
    before = events[0]!.seq;
  }
  return chunks.flat().slice(-count);
};

/** Every line so far, in order, a page of the log at a time. */
export async function* everyLine(
  store: Readings,
  runId: RunId,
  chosen: ChosenLines,
): AsyncGenerator<readonly WireLogLine[], void> {
  for (let last = 0; ; ) {
    const events = stillThere(await store.events(runId, { afterSeq: last, limit: PAGE }), runId);
    yield events.flatMap((event) => linesOf(event, chosen));
    if (events.length < PAGE) return;
    last = events.at(-1)!.seq;
  }
}

const linesOf = (event: RunEvent, chosen: ChosenLines): readonly WireLogLine[] =>
  isChosen(event, chosen) ? toWireLogLines(event) : [];

export const isChosen = (event: RunEvent, { stage, generation, attempt }: ChosenLines): boolean =>
  (stage === undefined || event.stage === stage) &&
  (generation === undefined || event.generation === generation) &&
  (attempt === undefined || event.attempt === attempt);
