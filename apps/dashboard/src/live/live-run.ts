/** One run, live: a snapshot plus every later event. */
import {
  ApiError,
  type Client,
  type Event,
  EVENTS_GONE,
  type Live,
  type RunView,
  type StagePage,
  type StageRunView,
} from '@millrace/client';
import { evolveRun, type Run, type RunEvent } from '@millrace/core/domain';
import { fromWireEvent, fromWireRun } from '@millrace/core/wire';
import { useEffect, useReducer, useState, useSyncExternalStore } from 'react';
import { api } from '../api.ts';
import { useLive } from './live-provider.tsx';
import { noteOutcome, useRecoveries } from './trouble.ts';

export interface Progress {
  /** 0..1 */
  readonly fraction: number;
  readonly message: string;
}
type LiveRunState =
  | { readonly phase: 'loading' }
  /** `error`: an `ApiError` (404: no such run, or no longer kept) or an `UnreachableError`. */
  | { readonly phase: 'refused'; readonly error: unknown }
  | {
      readonly phase: 'ready';
      readonly run: Run;
      /** Progress of running stages, by name. */
      readonly progress: ReadonlyMap<string, Progress>;
    };

export interface LiveRun {
  state(): LiveRunState;
  onChange(listener: () => void): () => void;
  /** Receives every new event while open, in order and in batches: for logs and the event list. */
  onEvents(listener: (events: readonly Event[]) => void): () => void;
  close(): void;
}

/** Events within one frame are applied together, for one redraw. */
const openLiveRun = (api: Client, live: Live, runId: string): LiveRun => {
  let state: LiveRunState = { phase: 'loading' };
  let waiting: Event[] = [];
  let frame: number | null = null;
  let unfollow = (): void => {};
  const closed = new AbortController();
  const listeners = new Set<() => void>();
  const readers = new Set<(events: readonly Event[]) => void>();

  const become = (next: LiveRunState): void => {
    state = next;
    for (const listener of listeners) listener();
  };
  const load = async (): Promise<void> => {
    try {
      const run = await readRun(api, runId, closed.signal);
      const recent = await api.events(
        runId,
        { after_seq: Math.max(0, run.lastSeq - RECENT), limit: RECENT },
        closed.signal,
      );
      become({ phase: 'ready', run, progress: progressAfter(new Map(), recent.items, run) });
      unfollow = live.followRun(runId, run.lastSeq, {
        onEvent: take,
        onRefused: ({ code, message }) => become(refusal(code, message)),
      });
    } catch (error) {
      if (closed.signal.aborted) return;
      // Temporary failures are outages of the page: the run is reopened afterwards.
      noteOutcome(error);
      become({ phase: 'refused', error });
    }
  };
  const take = (event: Event): void => {
    waiting.push(event);
    // A background page gets no animation frames.
    frame ??= document.visibilityState === 'visible' ? requestAnimationFrame(fold) : Number(setTimeout(fold, 250));
  };
  const fold = (): void => {
    const events = waiting;
    waiting = [];
    frame = null;
    if (state.phase !== 'ready' || closed.signal.aborted) return;
    for (const reader of readers) reader(events);
    const run = evolveRun(state.run, events.map(fromWireEvent) as readonly RunEvent[]);
    become({ phase: 'ready', run, progress: progressAfter(state.progress, events, run) });
  };

  void load();
  return {
    state: () => state,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onEvents: (reader) => {
      readers.add(reader);
      return () => void readers.delete(reader);
    },
    close: () => {
      closed.abort();
      unfollow();
    },
  };
};

/** Events before the snapshot that are searched for the progress of running stages. */
const RECENT = 200;

/** As HTTP would report it. */
const STATUS: Readonly<Record<string, number>> = { unknown_run: 404, unauthenticated: 401, forbidden: 403 };

const refusal = (code: string, message: string): LiveRunState => ({
  phase: 'refused',
  error: new ApiError(STATUS[code] ?? 400, { code: code as never, detail: message }, null),
});

const progressAfter = (
  before: ReadonlyMap<string, Progress>,
  events: readonly Event[],
  run: Run,
): ReadonlyMap<string, Progress> => {
  if (!events.some(({ type }) => type.startsWith('stage.') && type !== 'stage.log')) return before;
  const after = new Map(before);
  for (const { type, stage, data } of events) {
    if (type === 'stage.progress')
      after.set(stage, {
        fraction: Number(data['fraction']) || 0,
        message: typeof data['message'] === 'string' ? data['message'] : '',
      });
    else if (type === 'stage.started') after.delete(stage);
  }
  for (const { stage, status } of run.stages) if (status !== 'running') after.delete(stage);
  return after;
};

/**
 * The run, live, while the component is mounted. Reloaded after an outage or when events are missing; the old state
 * stays until then.
 */
export const useLiveRun = (runId: string): { readonly state: LiveRunState; readonly source: LiveRun | null } => {
  const live = useLive();
  const recoveries = useRecoveries();
  const [losses, reopen] = useReducer((count: number) => count + 1, 0);
  const [shown, setShown] = useState<{ readonly runId: string; readonly source: LiveRun } | null>(null);
  useEffect(() => {
    const opened = openLiveRun(api, live, runId);
    const show = (): void => {
      const state = opened.state();
      // Missed changes are in a new snapshot, and possibly in no event any more.
      if (state.phase === 'refused' && state.error instanceof ApiError && state.error.code === EVENTS_GONE)
        return reopen();
      if (state.phase === 'refused') noteOutcome(state.error);
      const passes = state.phase === 'refused' && !(state.error instanceof ApiError && state.error.status < 500);
      setShown((before) => (passes && before?.runId === runId ? before : { runId, source: opened }));
      ignore();
    };
    const ignore = opened.onChange(show);
    return () => opened.close();
  }, [live, runId, recoveries, losses]);
  const source = shown?.runId === runId ? shown.source : null;
  const state = useSyncExternalStore(source?.onChange ?? NEVER, source?.state ?? LOADING);
  return { state, source };
};

const NEVER = (): (() => void) => () => {};
const LOADING_STATE: LiveRunState = { phase: 'loading' };
const LOADING = (): LiveRunState => LOADING_STATE;

type Reader = Pick<Client, 'run' | 'stages' | 'events'>;
const PAGE = 500;

/**
 * The run with all stages at one instant, without outputs. Pages read later than the run are ahead of it; their events
 * show by how much.
 */
const readRun = async (api: Reader, runId: string, signal: AbortSignal): Promise<Run> => {
  const first = await api.run(runId, { outputs: 'none' }, signal);
  if (first.stages_next_cursor === null) return fromWireRun(first);
  const pages = await pagesAfter(api, first, signal);
  const stages: StageRunView[] = [...first.stages];
  const readAt = new Map<string, number>();
  for (const { items, last_seq } of pages) {
    stages.push(...items);
    for (const { stage } of items) readAt.set(stage, last_seq);
  }
  const events = await eventsBetween(api, runId, { from: first.last_seq, to: pages.at(-1)!.last_seq }, signal);
  return evolveRun(fromWireRun({ ...first, stages }), events, readAt);
};

const pagesAfter = async (
  api: Reader,
  { run_id, stages_next_cursor }: RunView,
  signal: AbortSignal,
): Promise<readonly StagePage[]> => {
  const pages: StagePage[] = [];
  for (let cursor = stages_next_cursor; cursor !== null; cursor = pages.at(-1)!.next_cursor)
    pages.push(await api.stages(run_id, { cursor, limit: PAGE, outputs: 'none' }, signal));
  return pages;
};

const eventsBetween = async (
  api: Reader,
  runId: string,
  { from, to }: { from: number; to: number },
  signal: AbortSignal,
): Promise<readonly RunEvent[]> => {
  const events: RunEvent[] = [];
  for (let at = from; at < to; at = events.at(-1)!.seq) {
    const { items } = await api.events(runId, { after_seq: at, limit: PAGE }, signal);
    if (items.length === 0) break;
    events.push(...items.map((event) => fromWireEvent(event)));
  }
  return events;
};
