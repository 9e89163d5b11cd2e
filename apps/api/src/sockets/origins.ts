import type { IncomingMessage } from 'node:http';
import { isOwnOrigin } from '../http/access.ts';

/**
 * Whether a page may open a socket here. Browsers let any site try, and send where it came from; a page of this very host, or of a
 * listed origin, may. Programs that are no browser send no origin.
 */
export const originCheck =
  (allowed: readonly string[]) =>
  ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
    headers.origin === undefined || allowed.includes(headers.origin) || isOwnOrigin(headers);
