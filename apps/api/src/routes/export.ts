import { join } from 'node:path';
import { pipeline as pump } from 'node:stream/promises';
import { MillraceError } from '@millrace/core/domain';
import type { Response } from 'express';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { exportPlaces } from '../export/export-places.ts';
import { readRunFiles } from '../export/run-files.ts';
import { runTar } from '../export/run-tar.ts';
import { Spool } from '../export/spool.ts';
import { type Access, sessionOf } from '../http/access.ts';
import { defineRoute, type Route } from '../http/define-route.ts';
import type { LivePlaces } from '../live/live-places.ts';
import { runWithId } from './lookups.ts';

/** A run as a folder. */
export const exportRoute = (
  { store, artifacts, config }: Pick<ApiDeps, 'store' | 'artifacts' | 'config'>,
  access: Access,
  places: LivePlaces,
): Route => {
  const takePlace = exportPlaces();
  const folder = join(config.dataDir, 'artifacts', 'tmp');

  return defineRoute({
    method: 'get',
    path: '/api/v1/runs/{run_id}/export',
    summary:
      "The run's folder as a tar: state.json (Run), events.jsonl (Event), logs, artifacts, manifest.json (ExportManifest)",
    tag: 'runs',
    role: 'viewer',
    params: z.strictObject({ run_id: z.string() }),
    query: z.strictObject({
      attempts: z
        .enum(['last', 'all'])
        .default('last')
        .meta({ description: '`all`: with the artifacts of earlier, failed attempts' }),
    }),
    responses: {
      200: {
        description: 'All as of one event, `last_seq`; a stream that ends without manifest.json is incomplete',
        contentType: 'application/x-tar',
      },
    },
    handler: async ({ params, query: { attempts }, request, principal, ...call }) => {
      const { runId } = await runWithId(store, params.run_id);
      const name = `${runId}.tar`;
      if (request.method === 'HEAD') return (response) => void asTar(response, name).end();
      const { signal } = call;
      const end = takePlace(places.clientOf(request, principal!, sessionOf(access, request)));
      const spool = await Spool.open(folder).catch((error: unknown) => {
        end();
        throw noRoom(error);
      });
      const close = () => spool.close().finally(end);
      try {
        const files = await readRunFiles(store, runId, spool, { attempts, signal });
        const { deployment } = await store.artifactUse(runId);
        return async (response) => {
          const tar = runTar(files, attempts, { spool, artifacts, deployment });
          await pump(tar, asTar(response, name))
            .catch((error: NodeJS.ErrnoException) => {
              if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
            })
            .finally(close);
        };
      } catch (error) {
        await close();
        if (signal.aborted) return (response) => void response.destroy();
        throw noRoom(error);
      }
    },
  });
};

const asTar = (response: Response, name: string): Response => {
  response.attachment(name);
  response.setHeader('Content-Type', 'application/x-tar');
  return response;
};

/** A system error without its path, which is the operator's; the log has the cause. */
const noRoom = (error: unknown): unknown => {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof MillraceError || syscall === undefined) return error;
  return new MillraceError('overloaded', `the export cannot be assembled in the data folder: ${code}`, {
    cause: error,
  });
};
