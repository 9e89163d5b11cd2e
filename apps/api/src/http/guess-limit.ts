import { MillraceError } from '@millrace/core/domain';
import { ipKeyGenerator } from 'express-rate-limit';
import type { ApiDeps } from '../api-deps.ts';
import { minuteCount } from './minute-count.ts';

/** Counts wrong tokens per address, in Redis for all API processes; in this process while Redis is unavailable. */
export interface Guesses {
  /**
   * Counts a wrong token before it is answered, so that concurrent guesses cannot exceed the limit.
   * @throws MillraceError `rate_limited` beyond the limit
   */
  count(address: string | undefined): Promise<void>;
}

const WINDOW_MS = 60_000;
export const SIGN_IN_PATH = '/api/v1/session';

export const countGuesses = ({
  redis,
  keys,
  log,
  config,
  failuresPerMinute: limit = config.wrongTokensPerMinute,
}: Pick<ApiDeps, 'redis' | 'keys' | 'log' | 'config' | 'failuresPerMinute'>): Guesses => {
  const here = minuteCount();

  /** The count within the minute, including this one, and when the minute ends, ms. */
  const countIn = async (address: string): Promise<{ wrong: number; waitMs: number }> => {
    const key = `${keys.rateLimits}/refused/${address}`;
    try {
      const counted = await redis.multi().set(key, 0, 'PX', WINDOW_MS, 'NX').incr(key).pttl(key).exec();
      return { wrong: Number(counted?.[1]?.[1] ?? 0), waitMs: Number(counted?.[2]?.[1] ?? WINDOW_MS) };
    } catch (error) {
      log.debug({ err: error }, 'wrong tokens are counted by this process alone');
      const { count: wrong, waitMs } = here(address);
      return { wrong, waitMs };
    }
  };

  return {
    count: async (address = '') => {
      const { wrong, waitMs } = await countIn(ipKeyGenerator(address));
      if (wrong === limit)
        log.warn(
          { address },
          `${limit} wrong tokens within a minute: no more of this address are told so until it is over`,
        );
      if (wrong <= limit) return;
      const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
      const message = `more than ${limit} wrong tokens came from this address within a minute: send the right one, or wait ${seconds} s`;
      throw new MillraceError('rate_limited', message, { extra: { retry_after: seconds } });
    },
  };
};
