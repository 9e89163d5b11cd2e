import {
  type Gate,
  GATE_STATES,
  isName,
  MillraceError,
  type PipelineName,
  type StageName,
} from '@millrace/core/domain';
import { decideGate, gateWithId } from '@millrace/core/engine';
import type { Store } from '@millrace/core/ports';
import {
  OFFERED_VERBS,
  type OfferedVerb,
  toWireListedGate,
  wireGate,
  type WireListedGate,
  wireListedGate,
} from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { type Call, defineRoute, ok, type Route } from '../http/define-route.ts';
import type { Principal } from '../http/roles.ts';
import { gateView, listedGate } from '../gate-views.ts';
import { commandIdOf, decisionHeaders } from './gate-command.ts';
import { listQuery, pageOf, wrongQuery } from './lists.ts';
import { checkStage, runWithId } from './lookups.ts';

/** Fields of a decision. Sizes are the engine's to check: it names the limit. */
const decision = {
  notes: z.string().nullable().optional().meta({ description: 'Why; kept as text' }),
  values: z
    .record(z.string(), z.unknown())
    .nullable()
    .optional()
    .meta({ description: "Of an approval: values for the gate's form" }),
};
const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be the shown_digest of the gate, 64 hex digits')
  .meta({ description: '`shown_digest` of the gate as it was looked at: if it shows something else now, 409' });

export const decisionBody = z.strictObject({ shown_digest: digest, ...decision });
const bodyOfOpenGate = z.strictObject({ ...decision, shown_digest: digest.optional() });

const SUMMARIES = {
  approve: 'Approve at a gate; with a quorum, the approval is a vote until enough people gave one',
  reject: 'Reject what the gate shows: its run is paused until somebody resumes it',
  withdraw: "Take one's own vote back",
} as const satisfies Readonly<Record<OfferedVerb, string>>;

type Shown = (gate: Gate, principal: Principal) => Promise<unknown>;

/** Routes of decisions on one gate, by verb. `shown`: how they answer. */
export const decisionRoutes = (store: Store, shown: Shown): Readonly<Record<OfferedVerb, Route>> => {
  const route = (verb: OfferedVerb): Route =>
    defineRoute({
      method: 'post',
      path: `/api/v1/gates/{gate_id}/${verb}`,
      summary: SUMMARIES[verb],
      tag: 'gates',
      role: 'operator',
      params: z.strictObject({ gate_id: z.string() }),
      headers: decisionHeaders,
      body: decisionBody,
      audit: {
        before: async ({ params }) => toWireListedGate(await gateWithId(store, params.gate_id), null),
      },
      responses: { 200: { description: 'The gate as it is now', schema: wireGate } },
      handler: async (call) => ok(await shown(await decide(store, verb, call.params.gate_id, call), call.principal!)),
    });
  return Object.fromEntries(OFFERED_VERBS.map((verb) => [verb, route(verb)])) as Record<OfferedVerb, Route>;
};

type Asked = Pick<Call, 'principal' | 'header'> & {
  readonly body: z.output<typeof bodyOfOpenGate>;
};

const decide = (store: Store, verb: OfferedVerb, gateId: string, { body, principal, header }: Asked): Promise<Gate> => {
  const { name, role } = principal!;
  return decideGate(store, {
    gateId,
    verb,
    by: { name, role },
    shownDigest: body.shown_digest ?? null,
    notes: body.notes ?? null,
    values: body.values ?? null,
    commandId: commandIdOf({ header }, { name, gateId, verb, body }),
  });
};

/** Reading gates, and deciding at them. */
export const gateRoutes = ({ store }: ApiDeps): readonly Route[] => {
  /** The newest gate of the stage: of one that is closed, the refusal says who closed it. */
  const newestGate = async (runId: string, stage: string): Promise<Gate> => {
    const run = await runWithId(store, runId);
    await checkStage(store, run.runId, stage);
    const gate = await store.gateOfStage(run.runId, stage as StageName);
    if (gate === null) throw new MillraceError('unknown_gate', `no gate of stage ${stage} has been opened in this run`);
    return gate;
  };
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/gates',
      summary: 'Gates that wait for a decision, the longest waiting first, or closed ones, the last closed first',
      tag: 'gates',
      role: 'viewer',
      reach: {
        pipelineOf: ({ query }) => query.pipeline ?? null,
        pipelineOfItem: ({ pipeline }: WireListedGate) => pipeline,
      },
      query: z.strictObject({
        ...listQuery,
        cursor: z
          .string()
          .regex(/^\d{1,15} [\w.-]{1,130}$/, 'must be the next_cursor of a previous page')
          .optional(),
        status: z
          .enum(['pending', 'closed'])
          .default('pending')
          .meta({ description: `\`closed\`: ${GATE_STATES.filter((one) => one !== 'pending').join(', ')}` }),
        mine: z
          .enum(['true', 'false'])
          .default('false')
          .meta({ description: 'Only gates at which the caller may decide' }),
        pipeline: z.string().optional(),
      }),
      responses: { 200: { description: 'A page of gates', schema: pageOf(wireListedGate) } },
      handler: async ({ query, principal }) => {
        const pipeline = query.pipeline ?? onlyPipelineOf(principal);
        if (pipeline !== null && !isName(pipeline)) throw wrongQuery('pipeline', 'is not the name of a pipeline');
        const { name, role } = principal!;
        const [{ items, nextCursor }, now] = await Promise.all([
          store.gates({
            status: query.status,
            pipeline: pipeline as PipelineName | null,
            mine: query.mine === 'true' ? { name, role } : null,
            limit: query.limit,
            cursor: query.cursor ?? null,
          }),
          store.now(),
        ]);
        return ok({ items: items.map((gate) => listedGate(gate, principal!, now)), next_cursor: nextCursor });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/gates/{gate_id}',
      summary: 'A gate with all that is to be judged, and what changed in it. Reading never decides',
      tag: 'gates',
      role: 'viewer',
      params: z.strictObject({ gate_id: z.string() }),
      responses: { 200: { description: 'The gate', schema: wireGate } },
      handler: async ({ params, principal }) =>
        ok(await gateView(store, await gateWithId(store, params.gate_id), principal!)),
    }),
    ...Object.values(decisionRoutes(store, (gate, principal) => gateView(store, gate, principal))),
    ...(['approve', 'reject'] as const).map((verb) =>
      defineRoute({
        method: 'post',
        path: `/api/v1/runs/{run_id}/gates/{stage}/${verb}`,
        summary: `${verb === 'approve' ? 'Approve' : 'Reject'} at the newest gate of a stage. Without \`shown_digest\` this decides on what it shows now, seen or not`,
        tag: 'gates',
        role: 'operator',
        params: z.strictObject({ run_id: z.string(), stage: z.string() }),
        headers: decisionHeaders,
        body: bodyOfOpenGate,
        audit: {
          before: async ({ params }) => toWireListedGate(await newestGate(params.run_id, params.stage), null),
        },
        responses: { 200: { description: 'The gate as it is now', schema: wireGate } },
        handler: async (call) => {
          const { gateId } = await newestGate(call.params.run_id, call.params.stage);
          return ok(await gateView(store, await decide(store, verb, gateId, call), call.principal!));
        },
      }),
    ),
  ];
};

/** The one pipeline that a token is limited to: with it the pages are full. */
const onlyPipelineOf = (principal: Call['principal']): string | null =>
  principal?.pipelines?.length === 1 ? principal.pipelines[0]! : null;
