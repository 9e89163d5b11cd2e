import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MillraceError } from '@millrace/core/domain';
import type { Express, Request, Response } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import helmet from 'helmet';
import { pinoHttp, startTime } from 'pino-http';
import type { ApiDeps } from '../api-deps.ts';
import { type Access, callerOf } from './access.ts';
import { SIGN_IN_PATH } from './guess-limit.ts';
import { isOpen } from './open-paths.ts';
import { serializers } from './redact.ts';
import { type RequestCounts, requestCounts } from './request-counts.ts';
import { HELMET } from './security-headers.ts';

/** Gives the request an id: the client's, if it is harmless, or a new one. */
export const nameRequest = (request: Request, response: Response): void => {
  const given = request.headers['x-request-id'];
  request.id = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', request.id);
};

/**
 * Logs one line per request, without credentials. Lines are at debug level unless the request failed: if that level is
 * off, a request is prepared for the log only when something is logged for it.
 */
export const requestLog = ({ log, adminToken }: Pick<ApiDeps, 'log' | 'adminToken'>, app: Express) => {
  const logged = pinoHttp({
    logger: log,
    serializers: serializers(adminToken),
    // An unavailable Redis is logged once by the process; other 503s are logged where they are raised.
    customLogLevel: (_request, response, error) => (error || isFailure(response) ? 'warn' : 'debug'),
  });
  const keep = (request: IncomingMessage, value: unknown) =>
    Object.defineProperty(request, 'log', { value, writable: true, configurable: true });
  // On the prototype, since a property of its own would cost every request.
  Object.defineProperty(app.request, 'log', {
    configurable: true,
    get(this: Request) {
      keep(this, undefined);
      logged(this, this.res!);
      return this.log;
    },
    set(this: Request, value: unknown) {
      keep(this, value);
    },
  });
  return {
    begin: (request: Request, response: Response): void => {
      if (log.isLevelEnabled('debug')) logged(request, response);
      else (response as ServerResponse & { [startTime]?: number })[startTime] = Date.now();
    },
    end: (request: Request, response: Response): void => void (isFailure(response) && request.log),
  };
};

const isFailure = ({ statusCode }: ServerResponse): boolean => statusCode >= 500 && statusCode !== 503;

/** See security-headers.ts. Helmet's headers are the same for every response, so it is asked once. */
export const securityHeaders = (): ReadonlyMap<string, string> => {
  const headers = new Map<string, string>();
  const response = { setHeader: (name: string, value: string) => headers.set(name, value), removeHeader: () => {} };
  helmet(HELMET)({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw error;
  });
  return headers;
};

/** Required by RFC 9112; Node itself would answer with an empty response. */
export const needHost = ({ headers, httpVersionMajor, httpVersionMinor }: IncomingMessage): void => {
  if (headers.host === undefined && httpVersionMajor === 1 && httpVersionMinor === 1)
    throw new MillraceError('malformed_request', 'the Host header is missing');
};

/**
 * Allows CORS for the configured origins only; without any, sends no CORS headers. True: the request was a preflight,
 * and is answered.
 */
export const crossOrigin =
  (origins: readonly string[]) =>
  (request: Request, response: Response): boolean => {
    const { origin } = request.headers;
    if (origins.length === 0 || origin === undefined) return false;
    response.vary('Origin');
    if (!origins.includes(origin)) return false;
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader(
      'Access-Control-Expose-Headers',
      'Location, Idempotency-Replayed, RateLimit, Retry-After, X-Request-Id',
    );
    if (request.method !== 'OPTIONS') return false;
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, Idempotency-Key, Last-Event-ID');
    response.setHeader('Access-Control-Max-Age', '600');
    response.status(204).end();
    return true;
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
    requestsPerMinute: limit = config.requestsPerMinute,
  }: Pick<ApiDeps, 'redis' | 'keys' | 'log' | 'config' | 'requestsPerMinute'>,
  access: Access,
) => {
  const windowMs = WINDOW_MS;
  const alone = Math.floor(limit / ALONE);
  const here = requestCounts({ windowMs });
  const everywhere = requestCounts({ windowMs, shared: { redis, log, prefix: `${keys.rateLimits}/all/`, alone } });
  const keyOf = (request: Request): string => {
    const { session, shown } = callerOf(access, request);
    return session?.id ?? `${shown === null ? '' : `${shown.name}@`}${ipKeyGenerator(access.addressOf(request))}`;
  };
  /** @throws MillraceError `rate_limited` */
  return (request: Request, response: Response, path: string): void => {
    if (PROBES.has(path)) return;
    const counts: RequestCounts = isOpen(path) || STORELESS.has(path) ? here : everywhere;
    const { hits, leftMs, partition } = counts.add(keyOf(request));
    const seconds = Math.ceil(leftMs / 1_000);
    // https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-08
    response.setHeader('RateLimit', `"all"; r=${Math.max(limit - hits, 0)}; t=${seconds}`);
    response.setHeader('RateLimit-Policy', `"all"; q=${limit}; w=${WINDOW_MS / 1_000}; pk=:${partition}:`);
    if (hits > limit)
      throw new MillraceError('rate_limited', `more than ${limit} requests within a minute`, {
        extra: { retry_after: seconds },
      });
  };
};

const WINDOW_MS = 60_000;
/** Each process admits this fraction of the limit before it shares its counts. */
const ALONE = 20;

const PROBES = new Set(['/healthz', '/readyz', '/api/v1/healthz']);
/** These check tokens and answer without Redis. */
const STORELESS = new Set(['/metrics', SIGN_IN_PATH]);

/**
 * Limits wrong tokens to a few per minute and address; a correct token is never held up by others guessing from the
 * same address. A missing or expired session is not a guess. Signing in, with its token in the body, counts separately.
 * Null: the request is no guess.
 * @throws MillraceError `rate_limited`, by the promise
 */
export const guessLimit = (access: Access, request: IncomingMessage, path: string): Promise<void> | null =>
  request.headers.authorization !== undefined &&
  !isOpen(path) &&
  path !== '/readyz' &&
  callerOf(access, request).shown === null
    ? access.guesses.count(access.addressOf(request))
    : null;
