import type { ErrorCode } from '@millrace/core/domain';
import type { Socket } from 'socket.io';

/** Sends the reason as a last event, then closes the connection. */
export const dismiss = (socket: Socket, code: ErrorCode, message: string): void => {
  socket.emit('closing', { code, message });
  socket.disconnect(true);
};

/**
 * For a client that does not read: drops its pending packets and sends the reason. It reconnects, and replays what it
 * missed.
 */
export const dismissUnread = (socket: Socket): void => {
  dismiss(
    socket,
    'rate_limited',
    'what was sent was not taken: connect again, and subscribe with the seq of the last event',
  );
  socket.conn.close(true);
};
