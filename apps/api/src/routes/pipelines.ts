import {
  currentSchedules,
  type DefinitionFiles,
  definitionFiles,
  pauseOf,
  RECENT_RUNS,
  strandedStages,
  trackRecords,
} from '@millrace/core/engine';
import { MillraceError, type Pipeline } from '@millrace/core/domain';
import {
  toDot,
  toMermaid,
  toWireGraph,
  toWirePipeline,
  wireGraph,
  wirePipeline,
  type WirePipeline,
} from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { schedulesInForce } from '../schedule-views.ts';
import { listQuery, pageAt, pageOf } from './lists.ts';
import { definitionProblem, pipelineAt, pipelineNamed, problemOfFile } from './lookups.ts';

const version = z.string().max(100).optional().meta({ description: 'Version, as in a run; default: the current one' });

const recent = z.coerce
  .number()
  .pipe(z.int().min(0).max(RECENT_RUNS))
  .default(RECENT_RUNS)
  .meta({ description: `How many \`recent_runs\` each shows, 0..${RECENT_RUNS}` });

/** Pipelines and their state. */
export const pipelineRoutes = (deps: ApiDeps): readonly Route[] => {
  const { store, problems, log } = deps;
  const views = async (pipelines: readonly Pipeline[], recent: number): Promise<readonly WirePipeline[]> => {
    const names = pipelines.map(({ name }) => name);
    const [inForce, now, stranded, pauses, pendingGates] = await Promise.all([
      currentSchedules(store),
      store.now(),
      strandedStages(store),
      store.pauses(),
      store.pendingGates(names),
    ]);
    const schedules = [...inForce.values()];
    let files: Promise<DefinitionFiles> | undefined;
    const records = await trackRecords(store, names, { schedules, now, recent });
    return Promise.all(
      pipelines.map(async (pipeline, at) => {
        const own = schedules.filter((schedule) => schedule.pipeline === pipeline.name);
        return toWirePipeline(
          pipeline,
          await schedulesInForce(store, own, now),
          records[at]!,
          await definitionProblem(deps, pipeline.name, () => (files ??= definitionFiles(store))),
          stranded.filter((one) => one.pipeline === pipeline.name),
          pauseOf(pauses, pipeline.name),
          pendingGates[pipeline.name] ?? 0,
        );
      }),
    );
  };

  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/pipelines',
      summary: 'All pipelines, by name',
      tag: 'pipelines',
      role: 'viewer',
      reach: { pipelineOfItem: ({ name }: WirePipeline) => name },
      query: z.strictObject({ ...listQuery, recent }),
      responses: { 200: { description: 'A page of pipelines', schema: pageOf(wirePipeline) } },
      handler: async ({ query }) => {
        const page = pageAt(await store.pipelines(), (pipeline) => pipeline.name, query);
        return ok({ items: await views(page.items, query.recent), next_cursor: page.next_cursor });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/pipelines/{pipeline}',
      summary: 'A pipeline: definition, schedules, state and recent runs',
      tag: 'pipelines',
      role: 'viewer',
      params: z.strictObject({ pipeline: z.string() }),
      query: z.strictObject({ version, recent }),
      responses: { 200: { description: 'The pipeline', schema: wirePipeline } },
      handler: async ({ params, query }) => {
        const pipeline = await pipelineAt(store, params.pipeline, query.version).catch((error: unknown) => {
          const problem = problemOfFile(problems, params.pipeline);
          if (problem === null || !(error instanceof MillraceError) || error.code !== 'unknown_pipeline') throw error;
          throw new MillraceError('unknown_pipeline', `${params.pipeline} is not defined: ${problem.message}`, {
            errors: problem.errors,
            errorCount: problem.errorCount,
          });
        });
        return ok((await views([pipeline], query.recent))[0]);
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/pipelines/{pipeline}',
      summary:
        'Remove a pipeline: it starts no more runs and its schedules stop firing. Its runs are kept; registering it again brings it back',
      tag: 'pipelines',
      role: 'admin',
      params: z.strictObject({ pipeline: z.string() }),
      query: z.strictObject({
        force: z
          .enum(['true', 'false'])
          .default('false')
          .meta({ description: 'Remove it even if it has live runs: they continue until they end' }),
      }),
      audit: {
        before: async ({ params }) => {
          const { name, version } = await pipelineNamed(store, params.pipeline);
          return { pipeline: name, version };
        },
      },
      responses: {
        200: { description: 'Removed', schema: z.object({ pipeline: z.string(), live_runs: z.array(z.string()) }) },
      },
      handler: async ({ params, query, principal, request }) => {
        const { name } = await pipelineNamed(store, params.pipeline);
        const live = await store.liveRuns(name, SHOWN_LIVE);
        if (live.length > 0 && query.force === 'false')
          throw new MillraceError(
            'illegal_transition',
            `${name} has live runs: cancel them, or remove it with ?force=true and let them finish`,
            {
              extra: { live_runs: live },
            },
          );
        await store.retirePipeline(name);
        log.info(
          { pipeline: name, by: principal?.name ?? null, role: principal?.role ?? null, request_id: request.id },
          'pipeline removed',
        );
        return ok({ pipeline: name, live_runs: live });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/pipelines/{pipeline}/graph',
      summary: 'The DAG of a pipeline, as JSON, Mermaid or Graphviz',
      tag: 'pipelines',
      role: 'viewer',
      params: z.strictObject({ pipeline: z.string() }),
      query: z.strictObject({ format: z.enum(['json', 'mermaid', 'dot']).default('json'), version }),
      responses: {
        200: {
          description: 'The graph; `text/plain` for mermaid, `text/vnd.graphviz` for dot',
          schema: wireGraph,
          otherTypes: ['text/plain', 'text/vnd.graphviz'],
        },
      },
      handler: async ({ params, query }) => {
        const graph = toWireGraph(await pipelineAt(store, params.pipeline, query.version));
        if (query.format === 'json') return ok(graph);
        const [type, text] =
          query.format === 'dot' ? ['text/vnd.graphviz', toDot(graph)] : ['text/plain', toMermaid(graph)];
        return (response) => void response.type(type).send(text);
      },
    }),
  ];
};

/** How many live runs a refusal names. */
const SHOWN_LIVE = 100;
