import type { RunEvent, RunId } from '../domain/index.ts';

/** The live stream of all runs' events. A lost connection may drop events: the event log is authoritative. */
export interface Feed {
  /** Calls back for each event as it is published, until the returned function is called. */
  subscribe(listener: FeedListener): Promise<() => Promise<void>>;
}
export interface FeedListener {
  onEvent(event: RunEvent): void;
  /** Published by the leading scheduler for each live run: a subscriber behind `lastSeq` replays the missing events. */
  onHeartbeat?(beat: { readonly runId: RunId; readonly lastSeq: number }): void;
  /** Workers joined, left or changed what they run. */
  onWorkers?(): void;
  /** Named tokens were created or revoked. */
  onTokens?(): void;
  /** The connection was lost and restored: events may be missing. */
  onGap?(): void;
}

/** Wake-ups for workers; a lost one costs time, never correctness. */
export interface Control {
  onCancel(listener: (runId: RunId) => void): Promise<() => Promise<void>>;
}
