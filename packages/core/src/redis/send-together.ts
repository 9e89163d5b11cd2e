import type { Socket } from 'node:net';
import type { Command, Redis } from 'ioredis';

/**
 * Sends the commands of one turn of the event loop in one packet. Not for processes that run stages: a stage that
 * computes without a pause would hold them back.
 */
export const sendTogether = (redis: Redis): void => {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command: Command, ...rest: unknown[]) => {
    const { stream } = redis as unknown as { readonly stream?: Socket };
    if (redis.status === 'ready' && stream?.writableCorked === 0) {
      stream.cork();
      setImmediate(() => stream.uncork());
    }
    return send(command, ...(rest as [never]));
  };
};
