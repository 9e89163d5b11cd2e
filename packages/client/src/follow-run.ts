import type { WireEvent, WireLogLine, WireRun } from '@millrace/core/wire';
import { followStream } from './event-stream.ts';
import type { Http } from './http.ts';

/** What of a run's log lines is wanted; absent: of every stage and attempt. */
export interface ChosenLines {
  readonly stage?: string | undefined;
  readonly attempt?: number | undefined;
}

/** The run itself is asked about, not its stages. */
const BARE = { limit: 1, outputs: 'none' };
const LAST = new Set<WireEvent['type']>(['run.succeeded', 'run.failed', 'run.cancelled']);

/** Every event of the run after `afterSeq`, each once, until its last one, also over a dropped connection. Throws as `followStream` does. */
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

/** Asked for what comes after the last event, the stream ends without one. */
const hasEnded = async (http: Http, runPath: string, afterSeq: number): Promise<boolean> => {
  const run = await http.get<WireRun>(runPath, BARE);
  return run.finished_at !== null && run.last_seq <= afterSeq;
};

/** Every line that the run's stages wrote after the event `afterSeq`, each once, until the run has ended. Throws as `followStream` does. */
export async function* followLines(http: Http, runPath: string, chosen: ChosenLines, afterSeq: number): AsyncGenerator<WireLogLine, void> {
  const isOver = async (): Promise<boolean> => (await http.get<WireRun>(runPath, BARE)).finished_at !== null;
  for await (const { data } of followStream(http, `${runPath}/logs/stream`, { ...chosen }, { afterSeq, isOver })) yield data as WireLogLine;
}
