import type { WireEvent, WireLogLine, WireRun } from '@millrace/core/wire';
import { followStream } from './event-stream.ts';
import type { Http } from './http.ts';

/** Which of a run's log lines to follow; absent: those of every stage and attempt. */
export interface ChosenLines {
  readonly stage?: string | undefined;
  readonly generation?: number | undefined;
  readonly attempt?: number | undefined;
}

/** Fetches the run without its stages. */
const BARE = { limit: 1, outputs: 'none' };
const LAST = new Set<WireEvent['type']>(['run.succeeded', 'run.failed', 'run.cancelled']);

/**
 * Every event of the run after `afterSeq`, each once, up to its last, even across dropped connections. Throws like
 * `followStream`.
 */
export async function* followEvents(http: Http, runPath: string, afterSeq: number): AsyncGenerator<WireEvent, void> {
  let over = false;
  const isOver = async (): Promise<boolean> => over || (afterSeq > 0 && (await hasEnded(http, runPath, afterSeq)));
  for await (const { data } of followStream(http, `${runPath}/events/stream`, {}, { afterSeq, isOver })) {
    const event = data as WireEvent;
    over = LAST.has(event.type);
    yield event;
    if (over) return;
  }
}

/** A stream opened after the last event ends without items. */
const hasEnded = async (http: Http, runPath: string, afterSeq: number): Promise<boolean> => {
  const run = await http.get<WireRun>(runPath, BARE);
  return run.finished_at !== null && run.last_seq <= afterSeq;
};

/**
 * Every line logged by the run's stages after the event `afterSeq`, each once, until the run ends. Throws like
 * `followStream`.
 */
export async function* followLines(
  http: Http,
  runPath: string,
  chosen: ChosenLines,
  afterSeq: number,
): AsyncGenerator<WireLogLine, void> {
  const isOver = async (): Promise<boolean> => (await http.get<WireRun>(runPath, BARE)).finished_at !== null;
  for await (const { data } of followStream(http, `${runPath}/logs/stream`, { ...chosen }, { afterSeq, isOver }))
    yield data as WireLogLine;
}
