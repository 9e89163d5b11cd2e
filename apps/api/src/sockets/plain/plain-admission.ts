import type { IncomingMessage } from 'node:http';
import { MillraceError } from '@millrace/core/domain';
import type { ApiDeps } from '../../api-deps.ts';
import { type Access, isOwnOrigin } from '../../http/access.ts';
import { SOCKET_ROLES } from '../../http/other-roles.ts';
import { checkRole, type Principal } from '../../http/roles.ts';
import type { LivePlaces } from '../../live/live-places.ts';
import { type openedConnections, TOO_MANY } from '../opened-connections.ts';
import { originCheck } from '../origins.ts';
import type { PlainRequest } from './plain-request.ts';

export interface Admitted {
  /** Whether what it was admitted with is no longer valid. */
  readonly isOver: () => boolean;
  readonly principal: Principal;
}

/**
 * Admits a plain socket before its upgrade, by the rules of the namespace `/events`: the page's origin, the connections
 * that the client has opened within the minute, its token or session, and a place until the signal is aborted.
 * @throws MillraceError `forbidden`, `rate_limited`, `unauthenticated`, `overloaded`
 */
export const plainAdmission = (
  { config }: Pick<ApiDeps, 'config'>,
  access: Access,
  places: LivePlaces,
  opensTooMany: ReturnType<typeof openedConnections>,
) => {
  const mayUpgrade = originCheck(config.corsOrigins);
  return async (request: IncomingMessage, { token }: PlainRequest, signal: AbortSignal): Promise<Admitted> => {
    if (!mayUpgrade(request)) throw new MillraceError('forbidden', 'foreign origin');
    if (opensTooMany(request, token)) throw new MillraceError('rate_limited', TOO_MANY, { extra: { retry_after: 60 } });
    const session = token === null ? sessionOf(access, request) : null;
    const principal = token === null ? session?.principal : access.tokens(token);
    if (!principal) {
      if (token !== null) await access.guesses.count(access.addressOf(request));
      throw new MillraceError(
        'unauthenticated',
        token === null
          ? 'sign in, or send the token: "Authorization: Bearer <token>", or the subprotocols "bearer" and the token'
          : 'the token is not one of this deployment, was revoked, or has expired',
      );
    }
    checkRole(principal, SOCKET_ROLES.connect);
    places.take(places.clientOf(request, principal, session), signal);
    return { isOver: () => access.isOver(principal, session), principal };
  };
};

/** A page of another, allowed origin must send a token. */
const sessionOf = ({ sessions }: Access, { headers }: IncomingMessage) =>
  headers.origin === undefined || isOwnOrigin(headers) ? sessions.read(headers.cookie) : null;
