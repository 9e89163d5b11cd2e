import type { EventType, PipelineName, RunEvent, RunId } from '../domain/index.ts';
import type { Database } from './script.ts';

/** The body that lib/events.lua writes: the same text in the log and on the feed. An item of a map will be its eighth part. */
type Body = [seq: number, at: number, type: EventType, stage: string, attempt: number, generation: number, data: Record<string, unknown>];

export const readEvent = (runId: RunId, pipeline: PipelineName, body: string): RunEvent => {
  const [seq, at, type, stage, attempt, generation, data] = JSON.parse(body) as Body;
  return { seq, runId, pipeline, stage, attempt, generation, type, at, data };
};

/** At most `limit` events from seq `from` on and up to `last`; where the log has lost its beginning, from the first that it has. */
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
    return stop < start ? [] : (await db.redis.lrange(key, start, stop)).map((body) => readEvent(runId, pipeline, body));
  };
  const events = await page(0);
  if (events[0]?.seq === from) return events;
  const first = await db.redis.lindex(key, 0);
  const gone = first === null ? 0 : readEvent(runId, pipeline, first).seq - 1;
  return gone === 0 ? events : page(gone);
};

/** A line of the feed: "run pipeline body". */
export const readFeedLine = (line: string): RunEvent => {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  return readEvent(line.slice(0, first) as RunId, line.slice(first + 1, second) as PipelineName, line.slice(second + 1));
};
