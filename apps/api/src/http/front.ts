import type { Express, RequestHandler } from 'express';
import type { ApiDeps } from '../api-deps.ts';
import { BOARD_PATH } from '../bull-board.ts';
import type { Metrics } from '../metrics.ts';
import type { Access } from './access.ts';
import type { Route } from './define-route.ts';
import { crossOrigin, guessLimit, nameRequest, needHost, requestLimit, requestLog, securityHeaders } from './guards.ts';
import { routeFinder, serve } from './serve-routes.ts';

/**
 * The one handler that every request passes first: its id, log and measurement, the headers of every response, the
 * limits, and then the route table. What is in no route is passed on to the pages. One handler, since each layer of
 * Express costs a start as much as a third of its call to Redis (docs/performance.md).
 */
export const front = (
  app: Express,
  deps: ApiDeps,
  routes: readonly Route[],
  metrics: Metrics,
  access: Access,
  stopping: AbortSignal,
): RequestHandler => {
  const log = requestLog(deps, app);
  const headers = new Map([['Cache-Control', 'no-store'], ...securityHeaders()]);
  const answerPreflight = crossOrigin(deps.config.corsOrigins);
  const limit = requestLimit(deps, access);
  const find = routeFinder(routes);
  return async (request, response, next) => {
    const from = performance.now();
    const { path, method } = request;
    // A route's pattern, not the requested path: ids would create a series each.
    let label = path.startsWith(BOARD_PATH) ? BOARD_PATH : 'unknown';
    nameRequest(request, response);
    log.begin(request, response);
    response.once('finish', () => {
      const labels = { method, route: label, status_code: String(response.statusCode) };
      metrics.observeRequest(labels, (performance.now() - from) / 1_000);
      log.end(request, response);
    });
    for (const [name, value] of headers) response.setHeader(name, value);
    needHost(request);
    if (answerPreflight(request, response)) return;
    limit(request, response, path);
    const guess = guessLimit(access, request, path);
    if (guess !== null) await guess;
    const found = find(method, path, response);
    if (found === null) return next();
    label = found.pattern;
    await serve(found, request, response, access, stopping);
  };
};
