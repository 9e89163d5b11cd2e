import { EVENT_TYPES, type EventType, MillraceError, type RunEvent } from '@millrace/core/domain';
import { toWireEvent, toWireLogLines, wireEvent, wireLogLine } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { findEvents, findLastEvents, SCAN } from '../find-events.ts';
import { type Access, sessionOf } from '../http/access.ts';
import { type Call, defineRoute, ok, type Route } from '../http/define-route.ts';
import { piecesOf, sendEventStream, streamFrame } from '../http/event-stream.ts';
import type { LivePlaces } from '../live/live-places.ts';
import type { LiveRuns } from '../live/live-runs.ts';
import { onceEach } from '../live/once-each.ts';
import { isChosen, readLines, tailLines } from '../log-lines.ts';
import { listQuery, pageOf, severalOf, wrongQuery } from './lists.ts';
import { checkStage, runIdOf, runWithId } from './lookups.ts';

const params = z.strictObject({ run_id: z.string() });
const seq = z.coerce.number().pipe(z.int().min(0));
const streamHeaders = z.object({
  'Last-Event-ID': z.string().optional().meta({ description: '`seq` of the last event received' }),
});
const eventStream = {
  description: 'Server-sent events: `id` is the seq, `data` the JSON; ends after the run has ended',
  contentType: 'text/event-stream',
};
const ordinal = z.coerce.number().pipe(z.int().min(1)).optional();
export const chosenLines = {
  stage: z.string().optional(),
  generation: ordinal.meta({ description: 'Of the stage; default: all of them' }),
  attempt: ordinal,
};

/** The event log and log lines of a run, paged and live. */
export const eventRoutes = (
  { store }: ApiDeps,
  access: Access,
  live: LiveRuns,
  places: LivePlaces,
): readonly Route[] => {
  /** Looks the run up before the stream begins, so that a missing run still gets a 404. */
  const follow = async ({ request, ...call }: Call<{ run_id: string }, { after_seq?: number | undefined }>) => {
    const runId = runIdOf(call.params.run_id);
    const afterSeq = lastEventId(call) ?? call.query.after_seq ?? 0;
    places.take(places.clientOf(request, call.principal!, sessionOf(access, request)), call.signal);
    return live.follow(runId, { afterSeq, signal: call.signal });
  };

  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/runs/{run_id}/events',
      summary: 'The event log, in order: from the start, or the last events with `tail`',
      tag: 'events',
      role: 'viewer',
      params,
      query: z.strictObject({
        limit: listQuery.limit,
        cursor: seq.optional(),
        after_seq: seq.optional(),
        tail: z.coerce.number().pipe(z.int().min(1).max(500)).optional(),
        type: severalOf(Object.keys(EVENT_TYPES) as EventType[], 'type of event'),
        stage: z
          .string()
          .optional()
          .meta({ description: 'Name of a stage, or `pipeline` for events of the run itself' }),
      }),
      responses: {
        200: {
          description: `A page of events. With \`type\` or \`stage\`, a request scans at most ${SCAN} events: a page may hold few or none and still have a \`next_cursor\``,
          schema: pageOf(wireEvent),
        },
      },
      handler: async ({ params: { run_id }, query: { limit, cursor, after_seq, tail, type, stage } }) => {
        const runId = runIdOf(run_id);
        const seen = stage !== undefined && stage !== 'pipeline';
        if (seen) await checkStage(store, run_id, stage);
        const wanted = (event: RunEvent) =>
          (type.length === 0 || type.includes(event.type)) && (stage === undefined || event.stage === stage);
        const narrowed = type.length > 0 || stage !== undefined ? wanted : null;
        if (tail !== undefined) {
          checkTail(cursor ?? after_seq);
          return ok({
            items: (await findLastEvents(store, runId, narrowed, tail, seen)).map(toWireEvent),
            next_cursor: null,
          });
        }
        const { found, nextCursor } = await findEvents(store, runId, narrowed, {
          afterSeq: cursor ?? after_seq ?? 0,
          limit,
          seen,
        });
        return ok({ items: found.map(toWireEvent), next_cursor: nextCursor === null ? null : String(nextCursor) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/runs/{run_id}/events/stream',
      summary: 'The event log followed by new events, live, without gaps',
      tag: 'events',
      role: 'viewer',
      params,
      query: z.strictObject({ after_seq: seq.optional() }),
      headers: streamHeaders,
      responses: { 200: eventStream },
      handler: async (call) => {
        const events = await follow(call);
        return (response) => sendEventStream(response, mapped(events, eventPieces));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/runs/{run_id}/logs',
      summary: 'Log lines of the stages: from the start, or the last lines with `tail`',
      tag: 'events',
      role: 'viewer',
      params,
      query: z.strictObject({
        ...chosenLines,
        limit: listQuery.limit,
        cursor: seq.optional(),
        tail: z.coerce.number().pipe(z.int().min(1).max(5_000)).optional(),
      }),
      responses: { 200: { description: 'A page of lines', schema: pageOf(wireLogLine) } },
      handler: async ({ params: { run_id }, query }) => {
        const run = await runWithId(store, run_id);
        await checkStage(store, run_id, query.stage);
        if (query.tail !== undefined) {
          checkTail(query.cursor);
          return ok({ items: await tailLines(store, run.runId, query, query.tail), next_cursor: null });
        }
        return ok(await readLines(store, run.runId, query, { afterSeq: query.cursor ?? 0, limit: query.limit }));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/runs/{run_id}/logs/stream',
      summary: 'Log lines, live',
      tag: 'events',
      role: 'viewer',
      params,
      query: z.strictObject({ ...chosenLines, after_seq: seq.optional() }),
      headers: streamHeaders,
      responses: { 200: eventStream },
      handler: async (call) => {
        const { stage, generation, attempt } = call.query;
        const chosen = { stage, generation, attempt };
        await checkStage(store, call.params.run_id, stage);
        const some = (events: readonly RunEvent[]) =>
          piecesOf(events.filter((event) => isChosen(event, chosen)).map(lineFrames));
        const chooses = Object.values(chosen).some((one) => one !== undefined);
        const events = await follow(call);
        return (response) => sendEventStream(response, mapped(events, chooses ? some : linePieces));
      },
    }),
  ];
};

const lastEventId = (call: Pick<Call, 'header'>): number | null => {
  const id = call.header('Last-Event-ID');
  if (id === undefined || id === '') return null;
  if (!/^\d{1,15}$/.test(id)) throw new MillraceError('malformed_request', 'Last-Event-ID must be the seq of an event');
  return Number(id);
};

const checkTail = (after: number | undefined): void => {
  if (after !== undefined)
    throw wrongQuery('tail', 'asks for the end of the log: it cannot be combined with cursor or after_seq');
};

/** Serialised once for all streams. */
const eventPieces = onceEach((events: readonly RunEvent[]) => piecesOf(events.map(eventFrame)));
const linePieces = onceEach((events: readonly RunEvent[]) => piecesOf(events.map(lineFrames)));
const eventFrame = onceEach((event: RunEvent) => streamFrame(event.seq, toWireEvent(event)));
const lineFrames = onceEach((event: RunEvent) =>
  toWireLogLines(event)
    .map((line) => streamFrame(event.seq, line))
    .join(''),
);

async function* mapped<T, U>(source: AsyncIterable<T>, map: (item: T) => U): AsyncGenerator<U, void> {
  for await (const item of source) yield map(item);
}
