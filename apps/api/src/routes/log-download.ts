import { Readable } from 'node:stream';
import { pipeline as pump } from 'node:stream/promises';
import type { WireLogLine } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, type Route } from '../http/define-route.ts';
import { everyLine } from '../log-lines.ts';
import { chosenLines } from './events.ts';
import { checkStage, runWithId } from './lookups.ts';

/** The log as a file: one request whatever its length, read from the store at the client's pace. */
export const logDownloadRoute = ({ store }: Pick<ApiDeps, 'store'>): Route =>
  defineRoute({
    method: 'get',
    path: '/api/v1/runs/{run_id}/logs/download',
    summary:
      'All lines so far as a file: as written, prefixed with their stage unless one is selected, or as NDJSON of LogLine',
    tag: 'events',
    role: 'viewer',
    params: z.strictObject({ run_id: z.string() }),
    query: z.strictObject({ ...chosenLines, format: z.enum(['text', 'ndjson']).default('text') }),
    responses: {
      200: {
        description: 'The lines; `application/x-ndjson` for ndjson',
        contentType: 'text/plain',
        otherTypes: ['application/x-ndjson'],
      },
    },
    handler: async ({ params, query, request }) => {
      const run = await runWithId(store, params.run_id);
      await checkStage(store, run.runId, query.stage);
      const write = query.format === 'ndjson' ? asJson : query.stage === undefined ? afterItsStage : asWritten;
      const pages = everyLine(store, run.runId, query);
      // Read before sending, while the status can still say that the run is gone.
      const first = await pages.next();
      return async (response) => {
        const name = [run.runId, query.stage, generationIn(query.generation), query.attempt]
          .filter((part) => part !== undefined)
          .join('-');
        response.attachment(`${name}.${query.format === 'ndjson' ? 'ndjson' : 'log'}`);
        response.setHeader(
          'Content-Type',
          query.format === 'ndjson' ? 'application/x-ndjson' : 'text/plain; charset=utf-8',
        );
        if (request.method === 'HEAD') return void response.end();
        await pump(Readable.from(chunksOf(first, pages, write)), response).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
        });
      };
    },
  });

/** In the file's name. */
const generationIn = (generation: number | undefined): string | undefined =>
  generation === undefined || generation === 1 ? undefined : `generation-${generation}`;

type Write = (line: WireLogLine) => string;
const asJson: Write = (line) => `${JSON.stringify(line)}\n`;
const asWritten: Write = ({ line }) => `${line}\n`;
const afterItsStage: Write = ({ stage, line }) => `${stage} | ${line}\n`;

/** One chunk per page of the log: a chunk per line would cost more than its bytes. */
async function* chunksOf(
  first: IteratorResult<readonly WireLogLine[], void>,
  pages: AsyncIterable<readonly WireLogLine[]>,
  write: Write,
) {
  if (first.value !== undefined && first.value.length > 0) yield first.value.map(write).join('');
  for await (const lines of pages) if (lines.length > 0) yield lines.map(write).join('');
}
