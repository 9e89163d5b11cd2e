import { MillraceError } from '@millrace/core/domain';
import type { RequestHandler } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import type { ApiDeps } from '../api-deps.ts';
import { principalShown, type TokenCheck } from './roles.ts';

/** Wrong tokens by address, counted in Redis for all API processes; without Redis nothing is counted. */
export interface Guesses {
  /**
   * Counts one, before it is answered: of those that come at a time no more than the limit are told that they are wrong.
   * @throws MillraceError `rate_limited` beyond the limit
   */
  count(address: string | undefined): Promise<void>;
}

const WINDOW_MS = 60_000;
/** They look at no token, whoever sends one. */
const TOKENLESS = new Set(['/healthz', '/readyz', '/api/v1/healthz']);
export const SIGN_IN_PATH = '/api/v1/session';

export const countGuesses = ({
  redis,
  keys,
  log,
  config,
  failuresPerMinute: limit = config.wrongTokensPerMinute,
}: Pick<ApiDeps, 'redis' | 'keys' | 'log' | 'config' | 'failuresPerMinute'>): Guesses => ({
  count: async (address = '') => {
    const key = `${keys.rateLimits}/refused/${ipKeyGenerator(address)}`;
    const counted = await redis
      .multi()
      .set(key, 0, 'PX', WINDOW_MS, 'NX')
      .incr(key)
      .pttl(key)
      .exec()
      .catch((error: unknown) => log.debug({ err: error }, 'wrong tokens cannot be counted'));
    const wrong = Number(counted?.[1]?.[1] ?? 0);
    if (wrong === limit) log.warn({ address }, `${limit} wrong tokens within a minute: no more of this address are told so until it is over`);
    if (wrong <= limit) return;
    const seconds = Math.max(1, Math.ceil(Number(counted?.[2]?.[1] ?? WINDOW_MS) / 1_000));
    throw new MillraceError(
      'rate_limited',
      `more than ${limit} wrong tokens came from this address within a minute: send the right one, or wait ${seconds} s`,
      {
        extra: { retry_after: seconds },
      },
    );
  },
});

/**
 * Who sends a token that is wrong may do so a few times a minute; who sends the right one is never kept waiting by those who guess behind the
 * same address. A page without a session, or with one that is over, guesses nothing. Signing in, whose token is in the body, counts by itself.
 */
export const guessLimit =
  ({ tokens, guesses }: { readonly tokens: TokenCheck; readonly guesses: Guesses }): RequestHandler =>
  async ({ headers, path, ip }, _response, next) => {
    if (headers.authorization !== undefined && !TOKENLESS.has(path) && principalShown(tokens, headers) === null) await guesses.count(ip);
    next();
  };
