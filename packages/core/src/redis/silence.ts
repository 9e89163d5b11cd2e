import type { Command, Redis } from 'ioredis';

/** Redis has been silent for too long. `sent`: the command was sent, and may still be executed. */
export class RedisSilentError extends Error {
  readonly sent: boolean;
  constructor(sent: boolean) {
    super('Redis stands still');
    this.name = 'RedisSilentError';
    this.sent = sent;
  }
}

const TICK_MS = 250;

/**
 * If commands wait and no reply arrives for `silenceMs`, all of them fail together. Later ones fail at once, unsent,
 * until Redis answers a ping: many calls in a row wait only once. Failed commands are not resent when Redis is back.
 * Silence is measured in ticks: while this process itself is blocked, at most one counts against Redis, and a reply
 * takes one back.
 */
export const failWhenSilent = (redis: Redis, silenceMs: number): void => {
  const most = Math.ceil(silenceMs / TICK_MS);
  const waiting = new Set<Command>();
  let timer: NodeJS.Timeout | null = null;
  let silentTicks = 0;
  let heard = false;
  let silent = false;
  let asking = false;

  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command: Command, ...rest: unknown[]) => {
    if (silent && !asking && redis.status === 'ready') command.reject(new RedisSilentError(false));
    if (command.isSettled) return command.promise;
    // Mostly commands of the handshake: ioredis refuses others while it is not connected.
    if (redis.status !== 'ready') command.setTimeout(silenceMs);
    else if (!asking) watch(command);
    return send(command, ...(rest as [never]));
  };

  const watch = (command: Command): void => {
    if (waiting.has(command)) return;
    waiting.add(command);
    const settled = () => {
      waiting.delete(command);
      heard = true;
    };
    command.promise.then(settled, settled);
    timer ??= setInterval(tick, TICK_MS).unref();
  };

  const tick = (): void => {
    silentTicks = heard ? Math.max(0, silentTicks - 1) : silentTicks + 1;
    heard = false;
    if (waiting.size === 0) return rest();
    // Replies that arrived while this process was busy are read before the next tick.
    if (silentTicks >= most) giveUp();
  };

  const rest = (): void => {
    if (timer) clearInterval(timer);
    timer = null;
    silentTicks = 0;
  };

  const giveUp = (): void => {
    rest();
    silent = true;
    for (const command of waiting) command.reject(new RedisSilentError(true));
    waiting.clear();
    asking = true;
    const again = () => void (silent = false);
    redis.ping().then(again, again);
    asking = false;
  };
};
