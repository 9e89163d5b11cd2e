import {
  isName,
  parseDuration,
  parseRunReference,
  type PipelineName,
  RUN_REFERENCE_RULE,
  RUN_STATES,
  type RunId,
  type RunReference,
  TRIGGER_KINDS,
  INSTANT_RULE,
  parseInstant,
} from '@millrace/core/domain';
import { cancelRun } from '@millrace/core/engine';
import type { RunQuery } from '@millrace/core/ports';
import { toWireRun, wireRun } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps, RouteDeps } from '../api-deps.ts';
import { defineRoute, ok, type Reply, type Route } from '../http/define-route.ts';
import { stillThere } from '../still-there.ts';
import { listQuery, pageOf, severalOf, wrongQuery } from './lists.ts';
import { pipelineNamed, runWithId } from './lookups.ts';
import { replyToStart, startBody, startHeaders, startResponses } from './start.ts';

/** Starting, finding and ending runs. */
export const runRoutes = (deps: RouteDeps): readonly Route[] => {
  const { store } = deps;
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/pipelines/{pipeline}/runs',
      summary: 'Start a run',
      tag: 'runs',
      role: 'operator',
      params: z.strictObject({ pipeline: z.string() }),
      headers: startHeaders,
      body: startBody,
      responses: startResponses,
      handler: (call) => replyToStart(deps, call.params.pipeline, call.body, call),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/runs',
      summary: "Runs, newest first, without their stages' outputs",
      tag: 'runs',
      role: 'viewer',
      query: runsQuery,
      responses: { 200: { description: 'A page of runs', schema: pageOf(wireRun) } },
      handler: async ({ query }) => {
        // A search may name one run too: "@last" is in no run's texts.
        const reference = query.id ?? lastIn(query.text);
        const names = new Set(
          [query.pipeline, reference?.kind === 'last' ? (reference.pipeline ?? undefined) : undefined].filter((name) => name !== undefined),
        );
        for (const name of names) await pipelineEverNamed(deps, name);
        if (names.size > 1) return ok({ items: [], next_cursor: null });
        const page = await store.runs({ ...toRunQuery(query), ...restrictionOf(reference) });
        return ok({ items: page.items.map(toWireRun), next_cursor: reference?.kind === 'last' ? null : page.nextCursor });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/runs/{run_id}',
      summary: 'A run with its stages and attempts',
      tag: 'runs',
      role: 'viewer',
      params: z.strictObject({ run_id: z.string() }),
      responses: { 200: { description: 'The run', schema: wireRun } },
      handler: async ({ params }) => ok(toWireRun(await runWithId(store, params.run_id))),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/runs/{run_id}/cancel',
      summary: 'End a run: when this is answered, no stage can start any more',
      tag: 'runs',
      role: 'operator',
      params: z.strictObject({ run_id: z.string() }),
      body: cancelBody,
      responses: { 202: { description: 'The run is `cancelling`, or already `cancelled`', schema: wireRun } },
      handler: ({ params, body, principal }) => replyToCancel(deps, params.run_id, body, principal?.name ?? null),
    }),
  ];
};

export const cancelBody = z.strictObject({
  reason: z.string().max(1024).nullable().optional(),
  grace: z
    .union([z.string(), z.number()])
    .optional()
    .transform((grace, context) => {
      if (grace === undefined) return null;
      const ms = parseDuration(grace);
      if (ms === null) context.addIssue('must be a duration such as "30s", or milliseconds');
      return ms;
    })
    .meta({ description: 'Between the cooperative signal and SIGKILL: "30s", or ms. Overrides the stages\' own' }),
});

export const replyToCancel = async ({ store }: Pick<ApiDeps, 'store'>, runId: string, body: z.output<typeof cancelBody>, by: string | null): Promise<Reply> => {
  await cancelRun(store, { runId, reason: body.reason ?? null, by, graceMs: body.grace });
  return { status: 202, json: toWireRun(stillThere(await store.run(runId as RunId), runId)) };
};

const instant = z
  .string()
  .transform((text, context) => {
    const at = parseInstant(text);
    if (at === null) context.addIssue(`must be ${INSTANT_RULE}`);
    return at ?? 0;
  })
  .optional();

const runReference = z.string().transform((text, context) => {
  const reference = parseRunReference(text);
  if (!reference) context.addIssue(`must be ${RUN_REFERENCE_RULE}`);
  return reference ?? undefined;
});

const runsQuery = z.strictObject({
  ...listQuery,
  cursor: z
    .string()
    .regex(/^\d+:[0-9a-f-]{36}$/, 'must be the next_cursor of a page before')
    .optional(),
  pipeline: z.string().optional(),
  status: severalOf(RUN_STATES, 'status'),
  label: z.string().min(1).optional().meta({ description: '`key=value`, or `key`' }),
  trigger: severalOf(TRIGGER_KINDS, 'trigger'),
  id: runReference.optional().meta({ description: `One run: ${RUN_REFERENCE_RULE}` }),
  text: z.string().min(1).max(200).optional().meta({ description: 'In the id, pipeline, mode, reason, labels, params, error or who triggered it; any case' }),
  stages: z.enum(['all', 'none']).default('all').meta({ description: '`none` leaves `stages` empty: for lists' }),
  since: instant.meta({ description: 'Created at or after' }),
  until: instant.meta({ description: 'Created at or before' }),
});

const toRunQuery = (query: z.output<typeof runsQuery>): RunQuery => ({
  limit: query.limit,
  cursor: query.cursor ?? null,
  ...(query.pipeline === undefined ? {} : { pipeline: query.pipeline as PipelineName }),
  ...(query.status.length === 0 ? {} : { status: query.status }),
  ...(query.trigger.length === 0 ? {} : { trigger: query.trigger }),
  ...(query.text === undefined || lastIn(query.text) ? {} : { text: query.text }),
  ...(query.label === undefined ? {} : { label: query.label }),
  stages: query.stages === 'all',
  ...(query.since === undefined ? {} : { since: query.since }),
  ...(query.until === undefined ? {} : { until: query.until }),
});

const lastIn = (text: string | undefined): RunReference | undefined => {
  const reference = text === undefined ? null : parseRunReference(text);
  return reference?.kind === 'last' ? reference : undefined;
};

const restrictionOf = (reference: RunReference | undefined): Partial<RunQuery> => {
  if (reference === undefined) return {};
  if (reference.kind === 'id') return { idPart: reference.runId };
  if (reference.kind === 'part') return { idPart: reference.part };
  return { limit: 1, ...(reference.pipeline === null ? {} : { pipeline: reference.pipeline }) };
};

/** A pipeline that was retired still has runs: only a name that has none, and is not current, is refused. */
const pipelineEverNamed = async ({ store }: ApiDeps, name: string): Promise<void> => {
  if (!isName(name)) throw wrongQuery('pipeline', 'is not the name of a pipeline');
  if (await store.pipeline(name as PipelineName)) return;
  const { items } = await store.runs({ pipeline: name as PipelineName, stages: false, limit: 1, cursor: null });
  if (items.length === 0) await pipelineNamed(store, name);
};
