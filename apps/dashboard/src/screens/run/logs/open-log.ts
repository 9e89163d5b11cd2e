import type { Client, Event, LogLine } from '@millrace/client';
import { useEffect, useMemo, useReducer, useSyncExternalStore } from 'react';
import { api } from '../../../api.ts';
import type { LiveRun } from '../../../live/live-run.ts';
import type { ChosenAttempt } from './choose-attempt.ts';
import { linesOf, LogBuffer, type NewLine } from './log-buffer.ts';
import { readNdjson } from './read-ndjson.ts';

/** The log of the attempt, read and followed while mounted; `again` rereads it. */
export const useLog = (runId: string, { stage, generation, attempt }: ChosenAttempt, source: LiveRun) => {
  const [round, again] = useReducer((rounds: number) => rounds + 1, 0);
  const log = useMemo(
    () => openLog(api, runId, { stage, generation, attempt }),
    // oxlint-disable-next-line react/exhaustive-deps -- a new round is a new log
    [runId, stage, generation, attempt, round],
  );
  useEffect(() => log.follow(source), [log, source]);
  const state = useSyncExternalStore(log.onState, log.state);
  return { lines: log.lines, state, again };
};

export type LogState =
  | { readonly phase: 'reading' }
  | { readonly phase: 'read' }
  | { readonly phase: 'broken'; readonly error: unknown };

interface Log {
  readonly lines: LogBuffer;
  state(): LogState;
  onState(listener: () => void): () => void;
  /** Appends the lines of a live source after filling the gap; stops when the returned function is called. */
  follow(source: LiveRun): () => void;
}

/** The log of one attempt: read once as a whole, then followed. */
const openLog = (api: Client, runId: string, chosen: ChosenAttempt): Log => {
  const lines = new LogBuffer();
  const listeners = new Set<() => void>();
  let state: LogState = { phase: 'reading' };
  const become = (next: LogState): void => {
    state = next;
    for (const listener of listeners) listener();
  };

  /** Reads what is missing: the first time as one stream, then in pages from its end. */
  const read = async (signal: AbortSignal): Promise<void> => {
    if (lines.count === 0) {
      const { body } = await api.downloadLogs(runId, { ...chosen, format: 'ndjson' }, signal);
      if (body) await readNdjson<LogLine>(body, (read) => void (signal.aborted || lines.append(read.map(newLine))));
      return;
    }
    for (let cursor: string | null = String(lines.lastSeq); cursor !== null; ) {
      const page: Awaited<ReturnType<Client['logs']>> = await api.logs(
        runId,
        { ...chosen, cursor, limit: 500 },
        signal,
      );
      lines.append(page.items.map(newLine));
      cursor = page.next_cursor;
    }
  };

  return {
    lines,
    state: () => state,
    onState: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    follow: (source) => {
      const closed = new AbortController();
      // Buffers live events while the rest is read, to keep lines in order.
      let waiting: Event[] | null = [];
      const stop = source.onEvents((events) =>
        waiting ? void waiting.push(...events) : lines.appendNew(linesOf(events, chosen)),
      );
      const begin = async (): Promise<void> => {
        // An aborted or broken read may have ended within an event.
        if (state.phase !== 'read') {
          lines.clear();
          become({ phase: 'reading' });
        }
        try {
          await read(closed.signal);
          if (closed.signal.aborted) return;
          lines.appendNew(linesOf(waiting ?? [], chosen));
          waiting = null;
          become({ phase: 'read' });
        } catch (error) {
          if (closed.signal.aborted) return;
          stop();
          become({ phase: 'broken', error });
        }
      };
      void begin();
      return () => {
        stop();
        closed.abort();
      };
    },
  };
};

const newLine = ({ seq, stream, line, timestamp }: LogLine): NewLine => ({
  seq,
  stream,
  line,
  at: Date.parse(timestamp),
});
