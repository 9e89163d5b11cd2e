import type { RunEvent, RunId } from '../domain/index.ts';

/** The live stream of all runs' events. It may drop on a lost connection: the event log is the truth. */
export interface Feed {
  /** Calls back for each event as it is published, until the returned function is called. */
  subscribe(listener: FeedListener): Promise<() => Promise<void>>;
}
export interface FeedListener {
  onEvent(event: RunEvent): void;
  /** Published by the leading scheduler for each live run: a subscriber behind `lastSeq` replays. */
  onHeartbeat?(beat: { readonly runId: RunId; readonly lastSeq: number }): void;
  /** Workers came, went or changed what they run. */
  onWorkers?(): void;
  /** The connection was lost and is back: events may be missing. */
  onGap?(): void;
}

/** Wake-ups for workers; losing one only costs time, never correctness. */
export interface Control {
  onCancel(listener: (runId: RunId) => void): Promise<() => Promise<void>>;
}
