import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { MillraceError } from '@millrace/core/domain';
import type { RequestHandler } from 'express';
import { ipKeyGenerator, MemoryStore, rateLimit, type Store } from 'express-rate-limit';
import helmet from 'helmet';
import { pinoHttp, startTime } from 'pino-http';
import type { ApiDeps } from '../api-deps.ts';
import { SIGN_IN_PATH } from './guess-limit.ts';
import { isOpen } from './open-paths.ts';
import { sendProblem } from './problem.ts';
import { serializers } from './redact.ts';
import { requestCounts } from './request-counts.ts';
import { principalShown } from './roles.ts';
import { HELMET } from './security-headers.ts';
import type { Access } from './access.ts';

/**
 * Assigns request ids and logs one line per request, without credentials. Lines are at debug level unless the request
 * failed: if that level is off, a request is prepared for the log only when something is logged for it.
 */
export const requestLog = ({ log, adminToken }: Pick<ApiDeps, 'log' | 'adminToken'>): RequestHandler => {
  const logged = pinoHttp({
    logger: log,
    serializers: serializers(adminToken),
    // An unavailable Redis is logged once by the process; other 503s are logged where they are raised.
    customLogLevel: (_request, response, error) => (error || isFailure(response) ? 'warn' : 'debug'),
  }) as RequestHandler;
  return (request, response, next) => {
    const given = request.headers['x-request-id'];
    request.id = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
    response.setHeader('X-Request-Id', request.id);
    if (log.isLevelEnabled('debug')) return logged(request, response, next);
    Object.assign(response, { [startTime]: Date.now() });
    const prepare = () => {
      delete (request as { log?: unknown }).log;
      logged(request, response, () => {});
      return request.log;
    };
    Object.defineProperty(request, 'log', { configurable: true, get: prepare });
    response.once('finish', () => isFailure(response) && request.log);
    next();
  };
};

const isFailure = ({ statusCode }: ServerResponse): boolean => statusCode >= 500 && statusCode !== 503;

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
    response.setHeader(
      'Access-Control-Expose-Headers',
      'Location, Idempotency-Replayed, RateLimit, Retry-After, X-Request-Id',
    );
    if (request.method !== 'OPTIONS') return next();
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, Idempotency-Key, Last-Event-ID');
    response.setHeader('Access-Control-Max-Age', '600');
    response.status(204).end();
  };

/**
 * Limits requests per minute, by session, by token and address, or by address for the rest, so that authenticated
 * clients are not held up by others at their address. Counted for all API processes together (see `requestCounts`);
 * paths that need no Redis are counted per process.
 */
export const requestLimit = (
  {
    redis,
    keys,
    log,
    config,
    requestsPerMinute = config.requestsPerMinute,
  }: Pick<ApiDeps, 'redis' | 'keys' | 'log' | 'config' | 'requestsPerMinute'>,
  { tokens, sessions }: Access,
): RequestHandler => {
  const limitBy = (store: Store) =>
    rateLimit({
      windowMs: WINDOW_MS,
      limit: requestsPerMinute,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      identifier: 'all',
      keyGenerator: ({ headers, ip = '' }) => {
        const principal = principalShown(tokens, headers);
        return (
          sessions.read(headers.cookie)?.id ?? `${principal === null ? '' : `${principal.name}@`}${ipKeyGenerator(ip)}`
        );
      },
      store,
      passOnStoreError: true,
      logger: {
        error: (error, message) => log.debug({ err: error }, message),
        warn: (error, message) => log.warn({ err: error }, message),
      },
      handler: (request, response) =>
        sendProblem(
          request,
          response,
          new MillraceError('rate_limited', `more than ${requestsPerMinute} requests within a minute`),
        ),
    });
  const here = limitBy(new MemoryStore());
  const alone = Math.floor(requestsPerMinute / ALONE);
  const everywhere = limitBy(
    requestCounts({ redis, log, prefix: `${keys.rateLimits}/all/`, windowMs: WINDOW_MS, alone }),
  );
  return (request, response, next) => {
    if (PROBES.has(request.path)) return next();
    return (isOpen(request.path) || STORELESS.has(request.path) ? here : everywhere)(request, response, next);
  };
};

const WINDOW_MS = 60_000;
/** Each process admits this fraction of the limit before it shares its counts. */
const ALONE = 20;

const PROBES = new Set(['/healthz', '/readyz', '/api/v1/healthz']);
/** These check tokens and answer without Redis. */
const STORELESS = new Set(['/metrics', SIGN_IN_PATH]);
