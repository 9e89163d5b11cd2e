import type { EventType, PipelineName, RunEvent, RunId } from '../domain/index.ts';
import { placesOf, unpack } from './layout/packed.ts';
import { EVENT, FEED_LINE } from './layout/records.ts';
import type { Database } from './script.ts';

/** See EVENT in layout/records.ts: the same text in the log and on the feed. */
const AT = placesOf(EVENT.fields);

export const readEvent = (runId: RunId, pipeline: PipelineName, body: string): RunEvent => {
  const parts = JSON.parse(body) as unknown[];
  const { seq, at, type, stage, attempt, generation, data } = AT;
  return {
    seq: parts[seq] as number,
    runId,
    pipeline,
    stage: parts[stage] as string,
    attempt: parts[attempt] as number,
    generation: parts[generation] as number,
    type: parts[type] as EventType,
    at: parts[at] as number,
    data: parts[data] as Record<string, unknown>,
  };
};

/**
 * At most `limit` events from seq `from` up to `last`; if the log was trimmed beyond `from`, from the first one left.
 */
export const readLog = async (
  db: Database,
  runId: RunId,
  pipeline: PipelineName,
  from: number,
  limit: number,
  last = Infinity,
): Promise<readonly RunEvent[]> => {
  const key = db.keys.events(runId);
  const page = async (gone: number): Promise<readonly RunEvent[]> => {
    const start = Math.max(0, from - 1 - gone);
    const stop = Math.min(start + limit, last - gone) - 1;
    return stop < start
      ? []
      : (await db.redis.lrange(key, start, stop)).map((body) => readEvent(runId, pipeline, body));
  };
  const events = await page(0);
  if (events[0]?.seq === from) return events;
  const first = await db.redis.lindex(key, 0);
  const gone = first === null ? 0 : readEvent(runId, pipeline, first).seq - 1;
  return gone === 0 ? events : page(gone);
};

export const readFeedLine = (line: string): RunEvent => {
  const { run, pipeline, event } = unpack(FEED_LINE, line);
  return readEvent(run, pipeline, event);
};
