import { randomUUID } from 'node:crypto';
import { MillraceError } from '@millrace/core/domain';
import type { RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { RedisStore, type RedisReply } from 'rate-limit-redis';
import type { ApiDeps } from '../api-deps.ts';
import { sendProblem } from './problem.ts';
import { serializers } from './redact.ts';
import { principalShown } from './roles.ts';
import type { Access } from './access.ts';

/** Request ids and one log line a request; what authorises is never in it. */
export const requestLog = ({ log, adminToken }: Pick<ApiDeps, 'log' | 'adminToken'>): RequestHandler =>
  pinoHttp({
    logger: log,
    serializers: serializers(adminToken),
    genReqId: (request, response) => {
      const given = request.headers['x-request-id'];
      const id = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
      response.setHeader('X-Request-Id', id);
      return id;
    },
    customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'warn' : 'debug'),
  }) as RequestHandler;

/**
 * Headers that keep pages from doing what they should not. Everything comes from here: Bull Board asks for a font of another site,
 * and does without. Plain http is served too, so nothing is upgraded to https.
 */
export const securityHeaders = (): RequestHandler =>
  helmet({
    contentSecurityPolicy: {
      directives: {
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'font-src': ["'self'", 'data:'],
        'upgrade-insecure-requests': null,
      },
    },
    strictTransportSecurity: false,
  });

/** Other sites' pages may call the API only when they are listed; without any listed there is no CORS at all. */
export const crossOrigin =
  (origins: readonly string[]): RequestHandler =>
  (request, response, next) => {
    const { origin } = request.headers;
    if (origins.length === 0 || origin === undefined) return next();
    response.vary('Origin');
    if (!origins.includes(origin)) return next();
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', 'Location, Idempotency-Replayed, RateLimit, Retry-After, X-Request-Id');
    if (request.method !== 'OPTIONS') return next();
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, Idempotency-Key, Last-Event-ID');
    response.setHeader('Access-Control-Max-Age', '600');
    response.status(204).end();
  };

/**
 * Requests within a minute of one session, of one token from one address, and of all else from one address: who shows what he may is not kept
 * waiting by others behind it. Counted in Redis for all API processes; without Redis nothing is counted.
 */
export const requestLimit = (
  { redis, keys, log, config, requestsPerMinute = config.requestsPerMinute }: Pick<ApiDeps, 'redis' | 'keys' | 'log' | 'config' | 'requestsPerMinute'>,
  { tokens, sessions }: Access,
): RequestHandler =>
  rateLimit({
    windowMs: 60_000,
    limit: requestsPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'all',
    keyGenerator: ({ headers, ip = '' }) => {
      const principal = principalShown(tokens, headers);
      return sessions.read(headers.cookie)?.id ?? `${principal === null ? '' : `${principal.name}@`}${ipKeyGenerator(ip)}`;
    },
    store: new RedisStore({
      prefix: `${keys.rateLimits}/all/`,
      sendCommand: (command: string, ...args: string[]) => redis.call(command, ...args) as Promise<RedisReply>,
    }),
    passOnStoreError: true,
    logger: { error: (error, message) => log.debug({ err: error }, message), warn: (error, message) => log.warn({ err: error }, message) },
    skip: (request) => PROBES.has(request.path),
    handler: (request, response) =>
      sendProblem(request, response, new MillraceError('rate_limited', `more than ${requestsPerMinute} requests within a minute`)),
  });

const PROBES = new Set(['/healthz', '/readyz', '/api/v1/healthz']);
