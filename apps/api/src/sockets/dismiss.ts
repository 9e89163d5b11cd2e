import type { ErrorCode } from '@millrace/core/domain';
import type { Socket } from 'socket.io';

/** Says why in a last event, and closes the connection behind it. */
export const dismiss = (socket: Socket, code: ErrorCode, message: string): void => {
  socket.emit('closing', { code, message });
  socket.disconnect(true);
};

/** For a client that does not take what waits: that is dropped, and the reason stands behind it. It comes back, and replays what it missed. */
export const dismissUnread = (socket: Socket): void => {
  dismiss(socket, 'rate_limited', 'what was sent was not taken: connect again, and subscribe with the seq of the last event');
  socket.conn.close(true);
};
