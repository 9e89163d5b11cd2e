import type { IncomingMessage } from 'node:http';
import type { ApiDeps } from '../api-deps.ts';
import type { Access } from '../http/access.ts';
import { minuteCount } from '../http/minute-count.ts';
import { principalShown } from '../http/roles.ts';

/** Refusal of clients that open too many connections. */
export const TOO_MANY = 'too many connections were opened from this address within a minute';

/**
 * Counts the sockets that a client opens, whichever kind, and answers whether they are too many. A client with a
 * session or token is not held up by others at its address.
 */
export const openedConnections = (
  { config, requestsPerMinute: most = config.requestsPerMinute }: Pick<ApiDeps, 'config' | 'requestsPerMinute'>,
  access: Access,
): ((request: IncomingMessage, token?: string | null) => boolean) => {
  const opened = minuteCount();
  return (request, token = null) => {
    const who =
      access.sessions.read(request.headers.cookie)?.id ??
      (token === null ? principalShown(access.tokens, request.headers) : access.tokens(token))?.name ??
      '';
    return opened(`${who}@${access.addressOf(request)}`).count > most;
  };
};
