import type { Socket } from 'socket.io';

/** The client asked for `events`, packets of several, by `auth: { batches: true }`; others get an `event` each. */
export const takesBatches = ({ handshake }: Pick<Socket, 'handshake'>): boolean => (handshake.auth as { batches?: unknown }).batches === true;

/** Where a socket hears a pipeline's events, or, with null, those of all; who takes batches is in a room of its own. */
export const wideRoom = (socket: Pick<Socket, 'handshake'>, pipeline: string | null): string => wideRoomOf(takesBatches(socket), pipeline);
export const wideRoomOf = (batches: boolean, pipeline: string | null): string =>
  `${batches ? 'batches:' : ''}${pipeline === null ? 'all' : `pipeline:${pipeline}`}`;
