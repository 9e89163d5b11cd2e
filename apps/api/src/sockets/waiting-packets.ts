import type { Socket } from 'socket.io';

/** Packets that wait in this process for a client to take them. engine.io keeps them in `writeBuffer`, which its types hide. */
export const waitingPackets = (socket: Pick<Socket, 'conn'>): number => (socket.conn as unknown as { writeBuffer: readonly unknown[] }).writeBuffer.length;
