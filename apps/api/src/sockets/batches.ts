import type { Socket } from 'socket.io';

/**
 * Whether the client requested `events`, packets of several, by `auth: { batches: true }`; others get one `event` each.
 */
export const takesBatches = ({ handshake }: Pick<Socket, 'handshake'>): boolean =>
  (handshake.auth as { batches?: unknown }).batches === true;

/** The room of a pipeline's events, or, with null, of all events; sockets that take batches have separate rooms. */
export const wideRoom = (socket: Pick<Socket, 'handshake'>, pipeline: string | null): string =>
  wideRoomOf(takesBatches(socket), pipeline);
export const wideRoomOf = (batches: boolean, pipeline: string | null): string =>
  `${batches ? 'batches:' : ''}${pipeline === null ? 'all' : `pipeline:${pipeline}`}`;
