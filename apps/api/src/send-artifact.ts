import { pipeline as pump } from 'node:stream/promises';
import { MillraceError, type RunId } from '@millrace/core/domain';
import type { ByteRange } from '@millrace/core/ports';
import type { RunArtifact } from '@millrace/core/wire';
import type { Request, Response } from 'express';
import type { ApiDeps } from './api-deps.ts';
import type { Reply } from './http/define-route.ts';

/** User content: it must never run as a page of ours. */
const DOWNLOAD_POLICY = "sandbox; default-src 'none'";
/** A report framed by the dashboard: its own styles, images and fonts, but no scripts. */
const PREVIEW_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; font-src data:; frame-ancestors 'self'";

/**
 * Sends an artifact, or the requested range of it, as a download or for display.
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
  // Ranges apply to GET only (https://www.rfc-editor.org/rfc/rfc9110#section-14.2).
  const range = request.method === 'GET' ? rangeOf(request, artifact.size, etag) : null;
  const { deployment } = await store.artifactUse(runId);
  const bytes =
    range === 'unsatisfiable'
      ? null
      : await artifacts.get({ deployment, runId }, artifact.sha256, { size: artifact.size, ...(range && { range }) });
  if (range !== 'unsatisfiable' && bytes === null)
    throw new MillraceError(
      'unknown_artifact',
      `the bytes of the artifact "${artifact.id.slice(0, 100)}" are not kept here`,
    );

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
    if (range !== null)
      response.status(206).setHeader('Content-Range', `bytes ${range.start}-${range.end}/${artifact.size}`);
    if (request.method === 'HEAD') {
      bytes.destroy();
      return void response.end();
    }
    await pump(bytes, response).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    });
  };
};

/**
 * Whether the client has these bytes; a weak match is enough (https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2).
 */
const isKnown = (request: Request, etag: string): boolean => {
  const known = request.get('If-None-Match')?.trim();
  return (
    known !== undefined && (known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag))
  );
};

/**
 * Null: the whole artifact, as for several ranges, another unit, or a range of other bytes
 * (https://www.rfc-editor.org/rfc/rfc9110#section-14.2).
 */
const rangeOf = (request: Request, size: number, etag: string): ByteRange | null | 'unsatisfiable' => {
  if (request.get('If-Range') !== undefined && request.get('If-Range') !== etag) return null;
  const ranges = request.range(size);
  if (ranges === -1) return 'unsatisfiable';
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null;
  const { start, end } = ranges[0]!;
  return { start, end };
};

/** Headers for its type, and for what browsers may do with it. */
const setHeaders = (response: Response, { name, content_type }: RunArtifact, inline: boolean): void => {
  const type = harmless(content_type);
  response.attachment(name);
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Security-Policy', DOWNLOAD_POLICY);
  if (!inline || !SHOWN.test(type)) return;
  response.setHeader(
    'Content-Disposition',
    String(response.getHeader('Content-Disposition')).replace(/^attachment/, 'inline'),
  );
  response.setHeader('Content-Security-Policy', PREVIEW_POLICY);
  if (!type.includes(';') && type.startsWith('text/')) response.setHeader('Content-Type', `${type}; charset=utf-8`);
};

/** Serves scripts and styles as plain text: `script-src 'self'` of our pages would accept them from this host. */
const harmless = (type: string): string => {
  if (!/^[\w.+-]+\/[\w.+-]+(; ?charset=[\w-]+)?$/.test(type)) return 'application/octet-stream';
  return /^\w+\/(?:x-)?(?:(?:java|ecma|j|live)script|css)/i.test(type) ? 'text/plain' : type;
};

const SHOWN = /^(?:text\/[\w.+-]+|application\/json|image\/(?:png|jpeg|gif|webp|avif|svg\+xml))(?:;|$)/i;
