import type { IncomingMessage } from 'node:http';
import { isOwnOrigin } from '../http/access.ts';

/**
 * Whether a page may open a socket here. Browsers let any site try, and send its origin; pages of this host and of
 * listed origins may. Programs other than browsers send no origin.
 */
export const originCheck =
  (allowed: readonly string[]) =>
  ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
    headers.origin === undefined || allowed.includes(headers.origin) || isOwnOrigin(headers);
