import type { Socket } from 'socket.io';

/**
 * Number of packets pending in this process for a client. engine.io keeps them in `writeBuffer`, which its types hide.
 */
export const waitingPackets = (socket: Pick<Socket, 'conn'>): number =>
  (socket.conn as unknown as { writeBuffer: readonly unknown[] }).writeBuffer.length;
