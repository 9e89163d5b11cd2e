import type { Duplex } from 'node:stream';
import type { Redis } from 'ioredis';

/** Commands of one write: Redis is to begin with the first ones while this process still makes the others. */
const TOGETHER = 8;

/**
 * Commands of one turn of the event loop leave some at a time: each alone would cost a system call here and one there, which is most of what a
 * short command takes. Their order stays, and none waits for longer than the turn.
 */
export const gatherWrites = (redis: Redis): void => {
  const send = redis.sendCommand.bind(redis);
  let gathered: { readonly stream: Duplex; count: number } | null = null;

  const flush = (batch: typeof gathered): void => {
    if (batch === null || gathered !== batch) return;
    gathered = null;
    batch.stream.uncork();
  };
  const gather = (stream: Duplex): void => {
    if (gathered?.stream === stream) return;
    stream.cork();
    const batch = { stream, count: 0 };
    gathered = batch;
    setImmediate(flush, batch);
  };

  redis.sendCommand = (command, ...rest) => {
    const { stream } = redis as unknown as { readonly stream?: Duplex };
    if (stream && redis.status === 'ready') gather(stream);
    const answer = send(command, ...rest);
    if (gathered !== null && ++gathered.count >= TOGETHER) flush(gathered);
    return answer;
  };
};
