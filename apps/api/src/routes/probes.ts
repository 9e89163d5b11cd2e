import { MillraceError } from '@millrace/core/domain';
import { isLoopback } from '@millrace/core/config';
import type { Request } from 'express';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { type Access, principalOf } from '../http/access.ts';
import { checkWhole } from '../http/limits.ts';
import type { Metrics } from '../metrics.ts';
import { readinessOf, redisFacts, refusalOfWrites } from '../redis-facts.ts';

/** Endpoints for load balancers, supervisors and Prometheus. */
export const probeRoutes = (
  { redis, config, keys }: ApiDeps,
  metrics: Metrics,
  access: Access,
  stopping: AbortSignal,
): readonly Route[] => {
  const healthz = (path: string) =>
    defineRoute({
      method: 'get',
      path,
      summary: 'Liveness: the process is up; checks nothing else',
      tag: 'probes',
      role: null,
      responses: { 200: { description: 'Alive', schema: z.object({ status: z.literal('ok') }) } },
      handler: () => Promise.resolve(ok({ status: 'ok' })),
    });

  return [
    healthz('/healthz'),
    healthz('/api/v1/healthz'),
    defineRoute({
      method: 'get',
      path: '/readyz',
      summary: 'Readiness: Redis answers, is a master and accepts writes, and this process is not stopping',
      tag: 'probes',
      role: null,
      responses: {
        200: { description: 'Ready', schema: readiness },
        503: { description: 'Not ready', schema: readiness },
      },
      handler: async () => {
        const [facts, refusal] = await Promise.all([
          redisFacts(redis).catch(() => null),
          refusalOfWrites(redis, keys.root),
        ]);
        const checks = readinessOf(facts, { refusal, stopping: stopping.aborted, allowVolatile: config.allowVolatile });
        const ready = checks.every((check) => check.ok);
        return { status: ready ? 200 : 503, json: { status: ready ? 'ready' : 'not_ready', checks } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/metrics',
      summary: 'Prometheus metrics; without a token on loopback only',
      tag: 'probes',
      role: null,
      responses: { 200: { description: 'Metrics in the text format', contentType: 'text/plain' } },
      handler: async ({ request }) => {
        const principal = isLocal(request) ? null : principalOf(access, request);
        if (principal !== null) checkWhole(principal);
        else if (!isLocal(request))
          throw new MillraceError(
            'unauthenticated',
            '/metrics is open only on loopback; send "Authorization: Bearer <token>"',
          );
        const text = await metrics.text();
        return (response) => void response.type(metrics.contentType).send(text);
      },
    }),
  ];
};

const readiness = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    checks: z.array(z.object({ check: z.string(), ok: z.boolean(), detail: z.string() })),
  })
  .meta({ id: 'Readiness' });

/**
 * Whether the request was made on and for this machine. A local proxy also connects from loopback and reveals itself by
 * a header; a page using DNS rebinding sends its own name as Host.
 */
const isLocal = ({ socket, headers, httpVersion }: Request): boolean =>
  isLoopback((socket.remoteAddress ?? '').replace(/^::ffff:/, '')) &&
  isLoopback(hostName(headers.host)) &&
  // nginx uses HTTP/1.0 by default.
  httpVersion !== '1.0' &&
  Object.keys(headers).every((name) => OWN_HEADER.test(name));

/** Headers that scrapers and browsers send themselves: any other may come from a proxy. */
const OWN_HEADER =
  /^(?:host|connection|keep-alive|user-agent|accept(?:-.*)?|authorization|cookie|cache-control|pragma|dnt|priority|referer|te|if-.*|sec-.*|upgrade-insecure-requests|traceparent|tracestate|x-prometheus-.*|x-request-id)$/;

const hostName = (host = ''): string =>
  URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '') : '';
