import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import type { Express, Request, Response } from 'express';
import type { ApiDeps } from '../api-deps.ts';
import { BOARD_PATH } from '../bull-board.ts';
import type { Metrics } from '../metrics.ts';
import type { Access } from './access.ts';
import type { Route } from './define-route.ts';
import { crossOrigin, guessLimit, nameRequest, needHost, requestLimit, requestLog, securityHeaders } from './guards.ts';
import { answerProblem } from './problem.ts';
import { routeFinder, serve } from './serve-routes.ts';

/** How a server is to make its requests and to answer them. */
export interface Front {
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse;
  readonly listener: RequestListener;
}

/**
 * Answers every request: its id, log and measurement, the headers of every response, the limits, and then the route
 * table. What is in no route is passed on to `pages`, an Express app. The routes do without Express's layers, which
 * cost a start more than its call to Redis (docs/performance.md), but have the methods of its requests and responses.
 */
export const front = (
  pages: Express,
  deps: ApiDeps,
  routes: readonly Route[],
  metrics: Metrics,
  access: Access,
  stopping: AbortSignal,
): Front => {
  const log = requestLog(deps, pages);
  const headers = new Map([['Cache-Control', 'no-store'], ...securityHeaders()]);
  const answerPreflight = crossOrigin(deps.config.corsOrigins);
  const limit = requestLimit(deps, access);
  const find = routeFinder(routes);
  const serving = { access, basePath: deps.config.basePath, stopping };

  const answer = async (request: Request, response: Response): Promise<void> => {
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
    if (found === null) return pages(request, response);
    label = found.pattern;
    await serve(found, request, response, serving);
  };

  return {
    // Setting the prototype of each request, as Express does, would cost every one of them.
    IncomingMessage: withMethodsOf(IncomingMessage, pages.request),
    ServerResponse: withMethodsOf(ServerResponse, pages.response),
    listener: (plain, plainResponse) => {
      const request = plain as Request;
      const response = plainResponse as Response;
      request.res = response;
      // Express changes `url` below a mounted app; the log shows the one that came.
      request.originalUrl = request.url;
      answer(request, response).catch((error: unknown) => answerProblem(error, request, response));
    },
  };
};

const withMethodsOf = <Made extends typeof IncomingMessage | typeof ServerResponse>(
  made: Made,
  methods: object,
): Made => {
  const more = class extends (made as typeof IncomingMessage) {};
  Object.setPrototypeOf(more.prototype, methods);
  return more as unknown as Made;
};
