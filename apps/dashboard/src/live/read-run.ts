/** Reads a whole run. */
import type { Client, RunView, StagePage, StageRunView } from '@millrace/client';
import { evolveRun, type Run, type RunEvent } from '@millrace/core/domain';
import { fromWireEvent, fromWireRun } from '@millrace/core/wire';

type Reader = Pick<Client, 'run' | 'stages' | 'events'>;
const PAGE = 500;

/**
 * The run with all stages at one instant, without outputs. Pages read later than the run are ahead of it; their events
 * show by how much.
 */
export const readRun = async (api: Reader, runId: string, signal: AbortSignal): Promise<Run> => {
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

const pagesAfter = async (api: Reader, { run_id, stages_next_cursor }: RunView, signal: AbortSignal): Promise<readonly StagePage[]> => {
  const pages: StagePage[] = [];
  for (let cursor = stages_next_cursor; cursor !== null; cursor = pages.at(-1)!.next_cursor)
    pages.push(await api.stages(run_id, { cursor, limit: PAGE, outputs: 'none' }, signal));
  return pages;
};

const eventsBetween = async (api: Reader, runId: string, { from, to }: { from: number; to: number }, signal: AbortSignal): Promise<readonly RunEvent[]> => {
  const events: RunEvent[] = [];
  for (let at = from; at < to; at = events.at(-1)!.seq) {
    const { items } = await api.events(runId, { after_seq: at, limit: PAGE }, signal);
    if (items.length === 0) break;
    events.push(...items.map((event) => fromWireEvent(event)));
  }
  return events;
};
