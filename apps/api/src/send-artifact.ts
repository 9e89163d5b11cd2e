import { pipeline as pump } from 'node:stream/promises';
import { MillraceError, type RunId } from '@millrace/core/domain';
import type { ByteRange } from '@millrace/core/ports';
import type { RunArtifact } from '@millrace/core/wire';
import type { Request, Response } from 'express';
import type { ApiDeps } from './api-deps.ts';
import type { Reply } from './http/define-route.ts';

/** Bytes of users: whatever they are, they must not run as a page of ours. */
const DOWNLOAD_POLICY = "sandbox; default-src 'none'";
/** A report in a frame of the dashboard: its own styles, images and fonts, and no script. */
const PREVIEW_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; font-src data:; frame-ancestors 'self'";

/**
 * Answers with an artifact, or the range of it that was asked for, as a download or to be shown.
 * @throws MillraceError `unknown_artifact` when its bytes are gone, `unsatisfiable_range`
 */
export const sendArtifact = async (
  { store, artifacts }: Pick<ApiDeps, 'store' | 'artifacts'>,
  artifact: RunArtifact,
  { runId, inline, request }: { runId: RunId; inline: boolean; request: Request },
): Promise<Reply> => {
  const etag = `"${artifact.sha256}"`;
  if (isKnown(request, etag))
    return (response) => {
      setHeaders(response, artifact, inline);
      response.removeHeader('Content-Type');
      response.setHeader('ETag', etag);
      response.status(304).end();
      return Promise.resolve();
    };
  // Ranges are of GET alone (https://www.rfc-editor.org/rfc/rfc9110#section-14.2).
  const range = request.method === 'GET' ? rangeOf(request, artifact.size, etag) : null;
  const { deployment } = await store.artifactUse(runId);
  const bytes =
    range === 'unsatisfiable' ? null : await artifacts.get({ deployment, runId }, artifact.sha256, { size: artifact.size, ...(range && { range }) });
  if (range !== 'unsatisfiable' && bytes === null)
    throw new MillraceError('unknown_artifact', `the bytes of the artifact "${artifact.id.slice(0, 100)}" are not kept here`);

  return async (response) => {
    if (range === 'unsatisfiable' || bytes === null) {
      response.setHeader('Content-Range', `bytes */${artifact.size}`);
      throw new MillraceError(
        'unsatisfiable_range',
        `the artifact has ${artifact.size} bytes; none of them is within "${request.get('Range')!.slice(0, 100)}"`,
      );
    }
    setHeaders(response, artifact, inline);
    response.setHeader('ETag', etag);
    response.setHeader('Accept-Ranges', 'bytes');
    response.setHeader('Content-Length', range === null ? artifact.size : range.end - range.start + 1);
    if (range !== null) response.status(206).setHeader('Content-Range', `bytes ${range.start}-${range.end}/${artifact.size}`);
    if (request.method === 'HEAD') {
      bytes.destroy();
      return void response.end();
    }
    await pump(bytes, response).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    });
  };
};

/** The client has these bytes; a weak tag of them will do (https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2). */
const isKnown = (request: Request, etag: string): boolean => {
  const known = request.get('If-None-Match')?.trim();
  return known !== undefined && (known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag));
};

/** Null: the whole of it, as for several ranges, another unit, or a range of other bytes than these (https://www.rfc-editor.org/rfc/rfc9110#section-14.2). */
const rangeOf = (request: Request, size: number, etag: string): ByteRange | null | 'unsatisfiable' => {
  if (request.get('If-Range') !== undefined && request.get('If-Range') !== etag) return null;
  const ranges = request.range(size);
  if (ranges === -1) return 'unsatisfiable';
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null;
  const { start, end } = ranges[0]!;
  return { start, end };
};

/** What it is and what may be done with it. */
const setHeaders = (response: Response, { name, content_type }: RunArtifact, inline: boolean): void => {
  const type = harmless(content_type);
  response.attachment(name);
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Security-Policy', DOWNLOAD_POLICY);
  if (!inline || !SHOWN.test(type)) return;
  response.setHeader('Content-Disposition', String(response.getHeader('Content-Disposition')).replace(/^attachment/, 'inline'));
  response.setHeader('Content-Security-Policy', PREVIEW_POLICY);
  if (!type.includes(';') && type.startsWith('text/')) response.setHeader('Content-Type', `${type}; charset=utf-8`);
};

/** Scripts and styles as text: `script-src 'self'` of our pages would let in what comes from this host under its own type. */
const harmless = (type: string): string => {
  if (!/^[\w.+-]+\/[\w.+-]+(; ?charset=[\w-]+)?$/.test(type)) return 'application/octet-stream';
  return /^\w+\/(?:x-)?(?:(?:java|ecma|j|live)script|css)/i.test(type) ? 'text/plain' : type;
};

const SHOWN = /^(?:text\/[\w.+-]+|application\/json|image\/(?:png|jpeg|gif|webp|avif|svg\+xml))(?:;|$)/i;
