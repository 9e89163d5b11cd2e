import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Request, RequestHandler, Response } from 'express';
import { indexPage } from './routes/index-page.ts';

/** Where `npm run build` puts it: beside this package, from source and built alike. */
const BUILT = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));

/** Only what is ours runs and is shown: a text of a user that gets into the page as markup still does nothing. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "frame-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The built dashboard: files by their names, and its page for every path that a browser opens and that is not the API's. While it
 * is not built, `/` tells what else there is. Looked for with each request: a build needs no restart.
 */
export const dashboard = (options: { folder: string | undefined; version: string }): RequestHandler => {
  const folder = options.folder ?? BUILT;
  const withoutIt = indexPage(options.version);
  return async (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    if (FILE.test(request.path) && (await sendBuilt(request, response, folder, request.path))) return;
    if (isPage(request) && (await sendBuilt(request, response, folder, '/index.html'))) return;
    if (request.path === '/') return void withoutIt(request, response, next);
    next();
  };
};

/** Names as Vite makes them. */
const FILE = /^(?:\/[\w-][\w.-]*)+\.\w+$/;
/** What is never a page of the dashboard: a wrong path there is told as such, to browsers too. */
const NO_PAGE = /^\/(?:api|admin|assets|openapi\.json|metrics|healthz|readyz|docs|socket\.io)(?:\/|$)/;

const isPage = (request: Request): boolean => request.path === '/' || (!NO_PAGE.test(request.path) && /\btext\/html\b/i.test(request.get('Accept') ?? ''));

/** The compressed twin for whoever takes it. False: there is no such file. */
const sendBuilt = async (request: Request, response: Response, folder: string, path: string): Promise<boolean> => {
  const gzip = request.acceptsEncodings('gzip') === 'gzip' && (await sendFile(response, folder, path, '.gz'));
  return gzip || sendFile(response, folder, path, '');
};

const sendFile = (response: Response, folder: string, path: string, suffix: '' | '.gz'): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const headers = {
      // The name of an asset has the hash of its content; the page that names them is asked for again each time.
      'Cache-Control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      'Content-Security-Policy': POLICY,
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'DENY',
      Vary: 'Accept-Encoding',
      ...(suffix === '.gz' ? { 'Content-Encoding': 'gzip' } : {}),
    };
    if (suffix === '.gz') response.type(extname(path));
    // Express's types leave out that the error is absent when all was sent.
    response.sendFile(
      `${path}${suffix}`,
      { root: folder, headers, cacheControl: false, acceptRanges: false, dotfiles: 'ignore' },
      (error?: Error & { status?: number }) => {
        if (error === undefined || response.headersSent) resolve(true);
        else if (error.status === 404) {
          response.removeHeader('Content-Type');
          resolve(false);
        } else reject(error);
      },
    );
  });
