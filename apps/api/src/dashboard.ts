import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Request, RequestHandler, Response } from 'express';
import { indexPage } from './routes/index-page.ts';

/** Where `npm run build` puts the dashboard: next to this package, whether run from source or built. */
const BUILT = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));

/** Allows only our own scripts and content: user text injected into the page stays inert. */
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
 * Serves the built dashboard: its files by name, and its page for every other path outside of the API. Until it is
 * built, `/` lists what else is available. Checked on each request, so a build needs no restart.
 */
export const dashboard = (options: {
  folder: string | undefined;
  version: string;
  basePath: string;
}): RequestHandler => {
  const folder = options.folder ?? BUILT;
  const { basePath } = options;
  const withoutIt = indexPage(options.version, basePath);
  const sendPage = (request: Request, response: Response) =>
    basePath === '' ? sendBuilt(request, response, folder, '/index.html') : sendBelow(basePath, response, folder);
  return async (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    if (FILE.test(request.path) && (await sendBuilt(request, response, folder, request.path))) return;
    if (isPage(request) && (await sendPage(request, response))) return;
    if (request.path === '/') return void withoutIt(request, response, next);
    next();
  };
};

/** File names as Vite generates them. */
const FILE = /^(?:\/[\w-][\w.-]*)+\.\w+$/;
/** Paths that are never a dashboard page: unknown ones get a 404, in browsers too. */
const NO_PAGE = /^\/(?:api|admin|assets|openapi\.json|metrics|healthz|readyz|docs|socket\.io|ws)(?:\/|$)/;

const isPage = (request: Request): boolean =>
  request.path === '/' || (!NO_PAGE.test(request.path) && /\btext\/html\b/i.test(request.get('Accept') ?? ''));

/** Serves the compressed twin if the client accepts it. False: there is none. */
const sendBuilt = async (request: Request, response: Response, folder: string, path: string): Promise<boolean> => {
  const gzip = request.acceptsEncodings('gzip') === 'gzip' && (await sendFile(response, folder, path, '.gz'));
  return gzip || sendFile(response, folder, path, '');
};

/** Serves the page with the links to its files below the base path. False: there is none. */
const sendBelow = async (basePath: string, response: Response, folder: string): Promise<boolean> => {
  const page = await readFile(join(folder, 'index.html'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (page === null) return false;
  response
    .set(headersOf('/index.html'))
    .type('html')
    .send(page.replaceAll(/ (src|href)="\//g, ` $1="${basePath}/`));
  return true;
};

const headersOf = (path: string): Readonly<Record<string, string>> => ({
  // Asset names contain a content hash; the page that references them is revalidated each time.
  'Cache-Control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  'Content-Security-Policy': POLICY,
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  Vary: 'Accept-Encoding',
});

const sendFile = (response: Response, folder: string, path: string, suffix: '' | '.gz'): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const headers = { ...headersOf(path), ...(suffix === '.gz' ? { 'Content-Encoding': 'gzip' } : {}) };
    if (suffix === '.gz') response.type(extname(path));
    // Express's types omit that the error is undefined after success.
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
