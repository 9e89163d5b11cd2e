import { MillraceError } from '@millrace/core/domain';
import { toWireArtifact, wireArtifact } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { artifactsOf, artifactWithId } from '../run-artifacts.ts';
import { sendArtifact } from '../send-artifact.ts';
import { listQuery, pageOf } from './lists.ts';
import { runWithId } from './lookups.ts';

/** Artifacts stored by stages. */
export const artifactRoutes = ({ store, artifacts }: ApiDeps): readonly Route[] => [
  defineRoute({
    method: 'get',
    path: '/api/v1/runs/{run_id}/artifacts',
    summary:
      "Artifacts of each stage's last attempt, even a failed one, or of all attempts, in the order they were stored",
    tag: 'artifacts',
    role: 'viewer',
    params: z.strictObject({ run_id: z.string() }),
    query: z.strictObject({
      attempts: z
        .enum(['last', 'all'])
        .default('last')
        .meta({ description: '`all`: include earlier, failed attempts' }),
      limit: listQuery.limit,
      cursor: z.coerce.number().pipe(z.int().min(0)).default(0),
    }),
    responses: { 200: { description: 'A page of artifacts', schema: pageOf(wireArtifact) } },
    handler: async ({ params, query }) => {
      const { runId } = await runWithId(store, params.run_id);
      const { items, next } = await artifactsOf(store, runId, {
        which: query.attempts,
        after: query.cursor,
        limit: query.limit,
      });
      return ok({ items: items.map(toWireArtifact), next_cursor: next === null ? null : String(next) });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/runs/{run_id}/artifacts/{artifact_id}/content',
    summary: 'Content of an artifact, as a download or `inline` for display; `Range: bytes=` requests a part',
    tag: 'artifacts',
    role: 'viewer',
    params: z.strictObject({ run_id: z.string(), artifact_id: z.string() }),
    query: z.strictObject({
      inline: z
        .enum(['true', 'false'])
        .default('false')
        .meta({ description: 'Serve for display if the type allows it: text, JSON, HTML and images' }),
    }),
    headers: z.object({ Range: z.string().optional().meta({ description: '`bytes=0-262143`: one range' }) }),
    responses: {
      200: { description: 'The bytes', contentType: 'application/octet-stream' },
      206: { description: 'The bytes of the range', contentType: 'application/octet-stream' },
    },
    handler: async ({ params, query, request }) => {
      const run = await runWithId(store, params.run_id);
      const found = await artifactWithId(store, run.runId, params.artifact_id);
      if (!found)
        throw new MillraceError('unknown_artifact', `the run has no artifact "${params.artifact_id.slice(0, 100)}"`);
      return sendArtifact({ store, artifacts }, found, { runId: run.runId, inline: query.inline === 'true', request });
    },
  }),
];
