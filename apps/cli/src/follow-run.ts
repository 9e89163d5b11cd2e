import type { WireEvent, WireRun } from '@millrace/core/wire';
import type { ApiClient } from './api-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followStream } from './follow-stream.ts';

const LAST = new Set<WireEvent['type']>(['run.succeeded', 'run.failed', 'run.cancelled']);

/** Every event of the run after `afterSeq`, each once, until its last one, also over a dropped connection. */
export async function* followRun(api: ApiClient, runId: string, afterSeq = 0): AsyncGenerator<WireEvent, void> {
  let over = false;
  const isOver = async (): Promise<boolean> => over || (afterSeq > 0 && (await hasEnded(api, runId, afterSeq)));
  for await (const { data } of followStream(api, `/api/v1/runs/${encodeURIComponent(runId)}/events/stream`, {}, { afterSeq, isOver })) {
    const event = data as WireEvent;
    over = LAST.has(event.type);
    yield event;
    if (over) return;
  }
}

/** Asked for what comes after the last event, the stream ends without one. */
const hasEnded = async (api: ApiClient, runId: string, afterSeq: number): Promise<boolean> => {
  const run = await getRun(api, runId);
  return run.finished_at !== null && run.last_seq <= afterSeq;
};

export const getRun = (api: ApiClient, runId: string): Promise<WireRun> => api.get<WireRun>(`/api/v1/runs/${encodeURIComponent(runId)}`);

export const exitCodeOfRun = (run: Pick<WireRun, 'status'>): ExitCode => (run.status === 'succeeded' ? EXIT.done : EXIT.failed);
