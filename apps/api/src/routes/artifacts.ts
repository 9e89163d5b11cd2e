import { pipeline as pump } from 'node:stream/promises';
import { MillraceError } from '@millrace/core/domain';
import { toWireArtifact, wireArtifact } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { artifactsOf } from '../run-artifacts.ts';
import { listQuery, pageOf } from './lists.ts';
import { runWithId } from './lookups.ts';

/** What stages left behind as bytes. */
export const artifactRoutes = ({ store, artifacts }: ApiDeps): readonly Route[] => [
  defineRoute({
    method: 'get',
    path: '/api/v1/runs/{run_id}/artifacts',
    summary: 'Artifacts of the attempts that succeeded, in the order in which they were stored',
    tag: 'artifacts',
    role: 'viewer',
    params: z.strictObject({ run_id: z.string() }),
    query: z.strictObject({ limit: listQuery.limit, cursor: z.coerce.number().pipe(z.int().min(0)).default(0) }),
    responses: { 200: { description: 'A page of artifacts', schema: pageOf(wireArtifact) } },
    handler: async ({ params, query }) => {
      const all = await artifactsOf(store, await runWithId(store, params.run_id));
      const end = query.cursor + query.limit;
      return ok({ items: all.slice(query.cursor, end).map(toWireArtifact), next_cursor: end < all.length ? String(end) : null });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/runs/{run_id}/artifacts/{artifact_id}/content',
    summary: 'The bytes of an artifact, as a download',
    tag: 'artifacts',
    role: 'viewer',
    params: z.strictObject({ run_id: z.string(), artifact_id: z.string() }),
    responses: { 200: { description: 'The bytes', contentType: 'application/octet-stream' } },
    handler: async ({ params, request }) => {
      const found = (await artifactsOf(store, await runWithId(store, params.run_id))).find((artifact) => artifact.id === params.artifact_id);
      const bytes = found ? await artifacts.get(found.sha256) : null;
      if (!found || !bytes)
        throw new MillraceError(
          'unknown_artifact',
          `the run has no artifact "${params.artifact_id.slice(0, 100)}"${found ? ': its bytes are not kept here' : ''}`,
        );
      return async (response) => {
        response.attachment(found.name);
        response.setHeader(
          'Content-Type',
          /^[\w.+-]+\/[\w.+-]+(; ?charset=[\w-]+)?$/.test(found.content_type) ? found.content_type : 'application/octet-stream',
        );
        response.setHeader('Content-Length', found.size);
        response.setHeader('ETag', `"${found.sha256}"`);
        // Bytes of users: whatever they are, they must not run as a page of ours.
        response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'");
        if (request.method === 'HEAD') {
          bytes.destroy();
          return void response.end();
        }
        await pump(bytes, response).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
        });
      };
    },
  }),
];
