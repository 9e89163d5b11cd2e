import type { IncomingMessage } from 'node:http';

/**
 * Whether a page may open a socket here. Browsers let any site try, and send where it came from; a page of this very host, or of a
 * listed origin, may. Programs that are no browser send no origin.
 */
export const originCheck =
  (allowed: readonly string[]) =>
  (request: Pick<IncomingMessage, 'headers'>): boolean => {
    const { origin, host } = request.headers;
    if (origin === undefined || allowed.includes(origin)) return true;
    return URL.canParse(origin) && new URL(origin).host === host;
  };
