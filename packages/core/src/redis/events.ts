import type { EventType, PipelineName, RunEvent, RunId } from '../domain/index.ts';

/** The body that lib/events.lua writes: the same text in the stream and on the feed. */
type Body = [seq: number, at: number, type: EventType, stage: string, attempt: number, data: Record<string, unknown>];

export const readEvent = (runId: RunId, pipeline: PipelineName, body: string): RunEvent => {
  const [seq, at, type, stage, attempt, data] = JSON.parse(body) as Body;
  return { seq, runId, pipeline, stage, attempt, type, at, data };
};

/** A line of the feed: "run pipeline body". */
export const readFeedLine = (line: string): RunEvent => {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  return readEvent(line.slice(0, first) as RunId, line.slice(first + 1, second) as PipelineName, line.slice(second + 1));
};
