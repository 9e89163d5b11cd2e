import express from 'express';
import type { ApiDeps, RouteDeps } from './api-deps.ts';
import { adminOnly, BOARD_PATH, type bullBoard } from './bull-board.ts';
import { dashboard } from './dashboard.ts';
import type { Access } from './http/access.ts';
import { defineRoute, type Route } from './http/define-route.ts';
import { type Front, front } from './http/front.ts';
import { openApiOf } from './http/openapi.ts';
import { prepared } from './http/prepared.ts';
import { problemHandler, unknownRoute } from './http/problem.ts';
import type { LivePlaces } from './live/live-places.ts';
import type { LiveRuns } from './live/live-runs.ts';
import type { Metrics } from './metrics.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { auditRoutes } from './routes/audit.ts';
import { deploymentRoutes } from './routes/deployment.ts';
import { scheduleEditRoutes } from './routes/edit-schedules.ts';
import { explainRoute } from './routes/explain.ts';
import { exportRoute } from './routes/export.ts';
import { eventRoutes } from './routes/events.ts';
import { gateDecisionsRoute } from './routes/gate-decisions.ts';
import { gateRoutes } from './routes/gates.ts';
import { healthRoutes } from './routes/health.ts';
import { logDownloadRoute } from './routes/log-download.ts';
import { pipelineRoutes } from './routes/pipelines.ts';
import { probeRoutes } from './routes/probes.ts';
import { REFERENCE_POLICY, referencePage } from './routes/reference-page.ts';
import { pauseRoutes } from './routes/pauses.ts';
import { rerunRoutes } from './routes/reruns.ts';
import { retryRoutes } from './routes/retries.ts';
import { runRoutes } from './routes/runs.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { seedRoutes } from './routes/seeds.ts';
import { sessionRoutes } from './routes/session.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { z } from 'zod';

/** All routes, in the order of openapi.json. */
export const routesOf = (
  deps: RouteDeps,
  metrics: Metrics,
  access: Access,
  stopping: AbortSignal,
  live: LiveRuns,
  places: LivePlaces,
): readonly Route[] => {
  const routes = [
    ...pipelineRoutes(deps),
    ...runRoutes(deps),
    ...pauseRoutes(deps),
    ...rerunRoutes(deps),
    ...retryRoutes(deps),
    ...gateRoutes(deps),
    gateDecisionsRoute(access),
    explainRoute(deps),
    ...eventRoutes(deps, access, live, places),
    logDownloadRoute(deps),
    ...artifactRoutes(deps),
    exportRoute(deps, access, places),
    ...scheduleRoutes(deps),
    ...scheduleEditRoutes(deps),
    ...deploymentRoutes(deps),
    ...healthRoutes(deps),
    ...tokenRoutes(deps, access),
    ...auditRoutes(deps, access.audit.log),
    ...sessionRoutes(access),
    ...seedRoutes(deps),
    ...probeRoutes(deps, metrics, access, stopping),
  ];
  const documents = ['/openapi.json', '/api/v1/openapi.json'].map((path) =>
    defineRoute({
      method: 'get',
      path,
      summary: 'This document',
      tag: 'probes',
      role: null,
      responses: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) } },
      handler: ({ request }) => Promise.resolve(document(request)),
    }),
  );
  const pages = ['/docs', '/api/v1/docs'].map((path) =>
    defineRoute({
      method: 'get',
      path,
      summary: 'This document for people, as a page',
      tag: 'probes',
      role: null,
      responses: { 200: { description: 'HTML without scripts', contentType: 'text/html' } },
      handler: ({ request }) => Promise.resolve(page(request)),
    }),
  );
  const all = [...routes, ...documents, ...pages];
  const openApi = openApiOf(all, {
    version: deps.version,
    cookie: access.sessions.name,
    basePath: deps.config.basePath,
  });
  const document = prepared(JSON.stringify(openApi), 'json');
  const page = prepared(referencePage(openApi), 'html', { 'Content-Security-Policy': REFERENCE_POLICY });
  return all;
};

/** Guards and routes, and behind them Bull Board and the dashboard; every error becomes a problem document. */
export const createApp = (
  deps: ApiDeps,
  routes: readonly Route[],
  board: ReturnType<typeof bullBoard>,
  metrics: Metrics,
  access: Access,
  stopping: AbortSignal,
): Front => {
  const app = express();
  app.disable('x-powered-by');
  app.set('case sensitive routing', true);
  app.set('trust proxy', [...deps.config.trustProxy]);
  app.use(BOARD_PATH, adminOnly(access), ...board.handlers);
  app.use(dashboard({ folder: deps.dashboardDir, version: deps.version, basePath: deps.config.basePath }));
  app.use(unknownRoute);
  app.use(problemHandler);
  return front(app, deps, routes, metrics, access, stopping);
};
