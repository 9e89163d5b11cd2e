import { MillraceError } from '@millrace/core/domain';
import type { RequestHandler } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import type { ApiDeps } from '../api-deps.ts';
import { sendProblem } from './problem.ts';
import { basicPasswordOf, bearerOf, type TokenCheck } from './roles.ts';

/** Wrong tokens by address, counted in Redis for all API processes; without Redis nothing is counted. */
export interface Guesses {
  /** Seconds for which no token of this address is looked at, because too many were wrong within a minute; 0: they are looked at. */
  blockedFor(address: string | undefined): Promise<number>;
  count(address: string | undefined): Promise<void>;
  readonly limit: number;
}

const WINDOW_MS = 60_000;
/** They look at no token, whoever sends one. */
const TOKENLESS = new Set(['/healthz', '/readyz', '/api/v1/healthz']);
export const SIGN_IN_PATH = '/api/v1/session';

export const countGuesses = ({ redis, keys, log, failuresPerMinute: limit = 60 }: Pick<ApiDeps, 'redis' | 'keys' | 'log' | 'failuresPerMinute'>): Guesses => {
  const keyOf = (address = '') => `${keys.rateLimits}/refused/${ipKeyGenerator(address)}`;
  const unlessAway = async <T>(ask: () => Promise<T>): Promise<T | null> => {
    try {
      return await ask();
    } catch (error) {
      log.debug({ err: error }, 'wrong tokens cannot be counted');
      return null;
    }
  };
  return {
    limit,
    blockedFor: async (address) => {
      const key = keyOf(address);
      const guessed = Number(await unlessAway(() => redis.get(key)));
      if (guessed < limit) return 0;
      return Math.max(1, Math.ceil(((await unlessAway(() => redis.pttl(key))) ?? 0) / 1_000));
    },
    count: async (address) => {
      const key = keyOf(address);
      const replies = await unlessAway(() => redis.multi().set(key, 0, 'PX', WINDOW_MS, 'NX').incr(key).exec());
      if (Number(replies?.[1]?.[1]) === limit)
        log.warn({ address }, `${limit} wrong tokens within a minute: none of this address is looked at until it is over`);
    },
  };
};

export const tooManyGuesses = ({ limit }: Guesses, seconds: number): MillraceError =>
  new MillraceError('rate_limited', `${limit} wrong tokens came from this address within a minute: none is looked at for ${seconds} s`);

/**
 * Who sends a token that is wrong may do so a few times a minute, so that guessing one is hopeless. A page without a session, or with one
 * that is over, guesses nothing: it is refused, and neither counted nor kept waiting. Signing in, whose token is in the body, counts by itself.
 */
export const guessLimit =
  ({ tokens, guesses }: { readonly tokens: TokenCheck; readonly guesses: Guesses }): RequestHandler =>
  async (request, response, next) => {
    const { authorization } = request.headers;
    if (TOKENLESS.has(request.path)) return next();
    if (authorization === undefined && !(request.method === 'POST' && request.path === SIGN_IN_PATH)) return next();
    const seconds = await guesses.blockedFor(request.ip);
    if (seconds > 0) {
      response.setHeader('Retry-After', String(seconds));
      return sendProblem(request, response, tooManyGuesses(guesses, seconds));
    }
    if (authorization !== undefined && !tokens(bearerOf(authorization) ?? basicPasswordOf(authorization))) await guesses.count(request.ip);
    next();
  };
