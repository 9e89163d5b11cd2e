import type { IncomingMessage } from 'node:http';
import { MillraceError } from '@millrace/core/domain';
import { ipKeyGenerator } from 'express-rate-limit';
import type { ApiDeps } from '../api-deps.ts';
import type { Access } from '../http/access.ts';
import type { Principal } from '../http/roles.ts';
import type { Session } from '../http/session-cookie.ts';

/**
 * Limits what each client has open here: event streams, sockets, and runs that a socket follows. Each takes a place
 * until it ends.
 */
export interface LivePlaces {
  /**
   * Takes a place until the signal is aborted. A client is a session, or the address that a token comes from.
   * @throws MillraceError `rate_limited` when the client has as many as a client may have, `overloaded` when this
   *   process has
   */
  take(client: string, signal: AbortSignal): void;
  /** Throws as `take` would, without taking a place. */
  look(client: string): void;
  clientOf(request: IncomingMessage, principal: Principal, session: Session | null): string;
  taken(): number;
}

export const livePlaces = ({ config }: Pick<ApiDeps, 'config'>, access: Access): LivePlaces => {
  const { maxStreams, maxStreamsPerClient } = config;
  const byClient = new Map<string, number>();
  let all = 0;

  const release = (client: string): void => {
    const left = byClient.get(client)! - 1;
    if (left > 0) byClient.set(client, left);
    else byClient.delete(client);
    all -= 1;
  };

  const look = (client: string): void => {
    const own = byClient.get(client) ?? 0;
    if (own >= maxStreamsPerClient)
      throw new MillraceError(
        'rate_limited',
        `${own} event streams, sockets and followed runs are open: one client may have ${maxStreamsPerClient} (MILLRACE_MAX_STREAMS_PER_CLIENT)`,
      );
    if (all >= maxStreams)
      throw new MillraceError(
        'overloaded',
        `${all} event streams, sockets and followed runs are open: this process takes ${maxStreams} (MILLRACE_MAX_STREAMS)`,
      );
  };

  return {
    look,
    take: (client, signal) => {
      look(client);
      if (signal.aborted) return;
      byClient.set(client, (byClient.get(client) ?? 0) + 1);
      all += 1;
      signal.addEventListener('abort', () => release(client), { once: true });
    },
    clientOf: (request, { name }, session) => session?.id ?? `${name}@${ipKeyGenerator(access.addressOf(request))}`,
    taken: () => all,
  };
};
