import { randomUUID } from 'node:crypto';
import { MillraceError } from '@millrace/core/domain';
import type { RequestHandler } from 'express';
import { ipKeyGenerator, MemoryStore, rateLimit, type Store } from 'express-rate-limit';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { RedisStore, type RedisReply } from 'rate-limit-redis';
import type { ApiDeps } from '../api-deps.ts';
import { SIGN_IN_PATH } from './guess-limit.ts';
import { isOpen } from './open-paths.ts';
import { sendProblem } from './problem.ts';
import { serializers } from './redact.ts';
import { principalShown } from './roles.ts';
import { HELMET } from './security-headers.ts';
import type { Access } from './access.ts';

/** Assigns request ids and logs one line per request, without credentials. */
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
    // An unavailable Redis is logged once by the process; other 503s are logged where they are raised.
    customLogLevel: (_request, response, error) => (error || (response.statusCode >= 500 && response.statusCode !== 503) ? 'warn' : 'debug'),
  }) as RequestHandler;

/** See security-headers.ts. */
export const securityHeaders = (): RequestHandler => helmet(HELMET);

/** Required by RFC 9112; Node itself would answer with an empty response. */
export const hostNeeded: RequestHandler = ({ headers, httpVersionMajor, httpVersionMinor }, _response, next) => {
  if (headers.host === undefined && httpVersionMajor === 1 && httpVersionMinor === 1)
    throw new MillraceError('malformed_request', 'the Host header is missing');
  next();
};

/** Allows CORS for the configured origins only; without any, sends no CORS headers. */
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
 * Limits requests per minute, by session, by token and address, or by address for the rest, so that authenticated
 * clients are not held up by others at their address. Counted in Redis for all API processes; paths that need no Redis
 * are counted per process, so they never wait for a hung Redis. Without Redis the rest is not limited.
 */
export const requestLimit = (
  { redis, keys, log, config, requestsPerMinute = config.requestsPerMinute }: Pick<ApiDeps, 'redis' | 'keys' | 'log' | 'config' | 'requestsPerMinute'>,
  { tokens, sessions }: Access,
): RequestHandler => {
  const limitBy = (store: Store) =>
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
      store,
      passOnStoreError: true,
      logger: { error: (error, message) => log.debug({ err: error }, message), warn: (error, message) => log.warn({ err: error }, message) },
      handler: (request, response) =>
        sendProblem(request, response, new MillraceError('rate_limited', `more than ${requestsPerMinute} requests within a minute`)),
    });
  const here = limitBy(new MemoryStore());
  const everywhere = limitBy(
    new RedisStore({
      prefix: `${keys.rateLimits}/all/`,
      sendCommand: (command: string, ...args: string[]) => redis.call(command, ...args) as Promise<RedisReply>,
    }),
  );
  return (request, response, next) => {
    if (PROBES.has(request.path)) return next();
    return (isOpen(request.path) || STORELESS.has(request.path) ? here : everywhere)(request, response, next);
  };
};

const PROBES = new Set(['/healthz', '/readyz', '/api/v1/healthz']);
/** These check tokens and answer without Redis. */
const STORELESS = new Set(['/metrics', SIGN_IN_PATH]);
