import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { LIMITS } from '@millrace/core/domain';

const LOOK_MS = 1_000;

/**
 * Disconnects clients that have read none of their pending data for `stalledMs`. When more than `waiting_answers_bytes`
 * is buffered for stalled clients in total, disconnects the largest at once. Time is counted in checks, so a pause of
 * this process is not blamed on clients.
 */
export const endStalledAnswers = (server: Server, stalledMs: number): void => {
  const every = Math.min(LOOK_MS, stalledMs / 2);
  const seen = new Map<Socket, { left: number; looks: number }>();
  server.on('connection', (socket) => {
    seen.set(socket, { left: 0, looks: 0 });
    socket.once('close', () => seen.delete(socket));
  });
  const look = () => {
    for (const [socket, last] of seen) {
      const left = leftOf(socket);
      last.looks = left === 0 || left !== last.left ? 0 : last.looks + 1;
      last.left = left;
      if (last.looks * every >= stalledMs) socket.destroy();
    }
    const stalled = [...seen].filter(([, { looks }]) => looks > 0).sort(([, a], [, b]) => b.left - a.left);
    let waiting = stalled.reduce((sum, [, { left }]) => sum + left, 0);
    for (const [socket, { left }] of stalled) {
      if (waiting <= LIMITS.waiting_answers_bytes) return;
      waiting -= left;
      socket.destroy();
    }
  };
  const timer = setInterval(look, every).unref();
  server.once('close', () => clearInterval(timer));
};

/** Bytes pending in this process and in the kernel: only these shrink while a large chunk is being sent. */
const leftOf = (socket: Socket): number => {
  const { _handle: handle } = socket as Socket & { _handle?: { writeQueueSize?: number } | null };
  return socket.writableLength + (handle?.writeQueueSize ?? 0);
};
