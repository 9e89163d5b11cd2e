import {
  isName,
  parseDuration,
  parseRunReference,
  type PipelineName,
  RUN_REFERENCE_RULE,
  RUN_STATES,
  type RunId,
  type RunReference,
  type RunSummary,
  STAGE_STATES,
  type StageName,
  TRIGGER_KINDS,
  INSTANT_RULE,
  parseInstant,
} from '@millrace/core/domain';
import { cancelRun } from '@millrace/core/engine';
import type { Readings, RunQuery, StagePage, StageQuery, Store } from '@millrace/core/ports';
import {
  toWireListedRun,
  toWireRun,
  toWireStagePage,
  type WireListedRun,
  type WireWaitingGate,
  wireListedRun,
  wireRun,
  wireRunAtGates,
  wireStagePage,
} from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps, RouteDeps } from '../api-deps.ts';
import { type Call, defineRoute, ok, type Reply, type Route } from '../http/define-route.ts';
import { waitingGates } from '../gate-views.ts';
import { stillThere } from '../still-there.ts';
import { listQuery, pageOf, severalOf, wrongQuery } from './lists.ts';
import { FIRST_STAGES, pipelineNamed, runWithId, stagesWithId } from './lookups.ts';
import { replyToStart, startBody, startHeaders, startResponses } from './start.ts';

/** Starting, finding and cancelling runs. */
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
      audit: { carried: true },
      handler: (call) => replyToStart(deps, call.params.pipeline, call.body, call),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/runs',
      summary: 'Runs, newest first, without their stages',
      tag: 'runs',
      role: 'viewer',
      reach: {
        pipelineOf: ({ query }) => query.pipeline ?? lastOf(query)?.pipeline ?? null,
        pipelineOfItem: ({ pipeline }: WireListedRun) => pipeline,
      },
      query: runsQuery,
      responses: {
        200: {
          description: `A page of runs; with \`stages\`, at least one run and as many as have up to ${LISTED_STAGES} stages in total`,
          schema: pageOf(wireListedRun),
        },
      },
      handler: async ({ query, principal }) => {
        const reference = query.id ?? lastOf(query);
        const names = new Set(
          [query.pipeline, reference?.kind === 'last' ? (reference.pipeline ?? undefined) : undefined].filter(
            (name) => name !== undefined,
          ),
        );
        for (const name of names) await pipelineEverNamed(deps, name);
        if (names.size > 1) return ok({ items: [], next_cursor: null });
        const asked = { ...onlyPipelineOf(principal), ...toRunQuery(query), ...restrictionOf(reference) };
        const { items, nextCursor } =
          query.stages === 'none' ? await listBare(store, asked) : await listWithStages(store, asked, query.stages);
        return ok({ items, next_cursor: reference?.kind === 'last' ? null : nextCursor });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/runs/{run_id}',
      summary: 'A run with its stages and attempts; only the first 500 stages',
      tag: 'runs',
      role: 'viewer',
      params: z.strictObject({ run_id: z.string() }),
      query: z.strictObject({
        limit: listQuery.limit.default(FIRST_STAGES.limit).meta({ description: 'How many stages, 1..500' }),
        outputs,
      }),
      responses: { 200: { description: 'The run, with its gates that wait', schema: wireRunAtGates } },
      handler: async ({ params, query }) => {
        const page = await stagesWithId(store, params.run_id, { limit: query.limit, outputs: query.outputs === 'all' });
        const gates = await gatesAt(store, page);
        return ok({ ...toWireRun(page), ...(gates.length === 0 ? {} : { gates }) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/runs/{run_id}/stages',
      summary: "A run's stages, in definition order",
      tag: 'runs',
      role: 'viewer',
      params: z.strictObject({ run_id: z.string() }),
      query: z.strictObject({
        limit: listQuery.limit,
        cursor: z.coerce
          .number()
          .pipe(z.int().min(0))
          .optional()
          .meta({ description: '`next_cursor` or `stages_next_cursor` of the previous page' }),
        status: severalOf(STAGE_STATES, 'status of a stage'),
        stage: z.string().optional().meta({ description: 'Stage names, separated by commas' }),
        outputs,
      }),
      responses: {
        200: {
          description: 'A page of stages, shorter than `limit` if their outputs are large',
          schema: wireStagePage,
        },
      },
      handler: async ({ params, query }) =>
        ok(toWireStagePage(await stagesWithId(store, params.run_id, toStageQuery(query)))),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/runs/{run_id}/cancel',
      summary: 'Cancel a run: once this is answered, none of its stages can start any more',
      tag: 'runs',
      role: 'operator',
      params: z.strictObject({ run_id: z.string() }),
      body: cancelBody,
      audit: { before: async ({ params }) => toWireListedRun(await runWithId(store, params.run_id)) },
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
    .meta({ description: 'Grace period before SIGKILL: "30s", or ms. Overrides the stages\' own' }),
});

export const replyToCancel = async (
  { store }: Pick<ApiDeps, 'store'>,
  runId: string,
  body: z.output<typeof cancelBody>,
  by: string | null,
): Promise<Reply> => {
  await cancelRun(store, { runId, reason: body.reason ?? null, by, graceMs: body.grace });
  return { status: 202, json: toWireRun(stillThere(await store.stages(runId as RunId, FIRST_STAGES), runId)) };
};

/** Reads them only if there may be any. */
const gatesAt = async (store: Store, { run, items, nextAfter }: StagePage): Promise<readonly WireWaitingGate[]> => {
  const mayWait = nextAfter !== null || items.some(({ status }) => status === 'awaiting_gate');
  return run.finishedAt === null && mayWait ? waitingGates(store, run.runId) : [];
};

const outputs = z.enum(['all', 'none']).default('all').meta({ description: '`none`: each `output` is null' });

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
    .regex(/^\d+:[0-9a-f-]{36}$/, 'must be the next_cursor of a previous page')
    .optional(),
  pipeline: z.string().optional(),
  status: severalOf(RUN_STATES, 'status'),
  label: z.string().min(1).optional().meta({ description: '`key=value`, or `key`' }),
  trigger: severalOf(TRIGGER_KINDS, 'trigger'),
  id: runReference.optional().meta({ description: `One run: ${RUN_REFERENCE_RULE}` }),
  text: z.string().min(1).max(200).optional().meta({
    description: 'Text in the id, pipeline, mode, reason, labels, params, error or who triggered it; case-insensitive',
  }),
  stages: z.enum(['none', 'brief', 'all']).default('none').meta({
    description:
      '`all`: each run with its stages, without outputs. `brief`: all stages of a run with up to 25, otherwise those running or next. Pages then hold fewer runs',
  }),
  since: instant.meta({ description: 'Created at or after' }),
  until: instant.meta({ description: 'Created at or before' }),
});

interface StagesAsked {
  readonly limit: number;
  readonly cursor?: number | undefined;
  readonly status: StageQuery['status'] & {};
  readonly stage?: string | undefined;
  readonly outputs: 'all' | 'none';
}

const toStageQuery = ({ limit, cursor, status, stage, outputs: shown }: StagesAsked): StageQuery => ({
  after: cursor ?? null,
  limit,
  outputs: shown === 'all',
  ...(status.length === 0 ? {} : { status }),
  ...(stage === undefined ? {} : { names: stage.split(',').map((name) => name.trim() as StageName) }),
});

/** Total stages on one page of runs. */
const LISTED_STAGES = 1_500;

/** Runs with up to this many stages list all of them in brief. */
const FEW = 25;

/** The first runs within the stage limit; at least one. */
const listWithStages = async (store: Readings, query: RunQuery, which: 'brief' | 'all') => {
  const asked = await store.runs(query);
  const most = which === 'all' ? FIRST_STAGES.limit : FEW;
  let stages = 0;
  const fitting = asked.items.findIndex(
    ({ stageCounts }, at) => (stages += Math.min(stageCounts.total, most)) > LISTED_STAGES && at > 0,
  );
  const page = fitting < 0 ? asked : await store.runs({ ...query, limit: fitting });
  const pages = await Promise.all(
    page.items.map(({ runId, stageCounts }) => store.stages(runId, listedStages(which, stageCounts))),
  );
  // Skips runs pruned in the meantime.
  const found = pages.filter((one) => one !== null);
  return { items: found.map((one) => toWireListedRun(one.run, one)), nextCursor: page.nextCursor };
};

const listedStages = (which: 'brief' | 'all', { total, ended, running }: RunSummary['stageCounts']): StageQuery => {
  if (which === 'all' || total <= FEW) return { ...FIRST_STAGES, outputs: false };
  if (ended === total) return { after: null, limit: 1, outputs: false, names: [] };
  return {
    after: null,
    limit: 3,
    outputs: false,
    status: running > 0 ? ['running'] : ['retrying', 'queued', 'awaiting_gate'],
  };
};

const listBare = async (store: Readings, query: RunQuery) => {
  const { items, nextCursor } = await store.runs(query);
  return { items: items.map((run) => toWireListedRun(run)), nextCursor };
};

const toRunQuery = (query: z.output<typeof runsQuery>): RunQuery => ({
  limit: query.limit,
  cursor: query.cursor ?? null,
  ...(query.pipeline === undefined ? {} : { pipeline: query.pipeline as PipelineName }),
  ...(query.status.length === 0 ? {} : { status: query.status }),
  ...(query.trigger.length === 0 ? {} : { trigger: query.trigger }),
  ...(query.text === undefined || lastIn(query.text) ? {} : { text: query.text }),
  ...(query.label === undefined ? {} : { label: query.label }),
  ...(query.since === undefined ? {} : { since: query.since }),
  ...(query.until === undefined ? {} : { until: query.until }),
});

const lastIn = (text: string | undefined): (RunReference & { readonly kind: 'last' }) | undefined => {
  const reference = text === undefined ? null : parseRunReference(text);
  return reference?.kind === 'last' ? reference : undefined;
};

/** The one pipeline that a token is limited to: with it the pages are full. */
const onlyPipelineOf = (principal: Call['principal']): Partial<RunQuery> =>
  principal?.pipelines?.length === 1 ? { pipeline: principal.pipelines[0] as PipelineName } : {};

/** The reference to a last run. A search can be one: no run's texts contain "@last". */
const lastOf = ({ id, text }: Pick<z.output<typeof runsQuery>, 'id' | 'text'>) =>
  id?.kind === 'last' ? id : lastIn(text);

const restrictionOf = (reference: RunReference | undefined): Partial<RunQuery> => {
  if (reference === undefined) return {};
  if (reference.kind === 'id') return { idPart: reference.runId };
  if (reference.kind === 'part') return { idPart: reference.part };
  return { limit: 1, ...(reference.pipeline === null ? {} : { pipeline: reference.pipeline }) };
};

/** Retired pipelines still have runs: rejects only a name that is not current and has none. */
const pipelineEverNamed = async ({ store }: ApiDeps, name: string): Promise<void> => {
  if (!isName(name)) throw wrongQuery('pipeline', 'is not the name of a pipeline');
  if (await store.pipeline(name as PipelineName)) return;
  const { items } = await store.runs({ pipeline: name as PipelineName, limit: 1, cursor: null });
  if (items.length === 0) await pipelineNamed(store, name);
};
