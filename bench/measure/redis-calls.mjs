/* Which commands clients send to Redis, as MONITOR shows them: those that scripts call are left out. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Begins to listen; the answer ends it and gives each command's calls by name. Slow: not while anything is timed. On a
 * connection of its own: ioredis takes a command that is shown together with MONITOR's OK for a reply, and throws.
 */
export const watchRedisCalls = async (redis) => {
  const socket = connect(redis.options.port, redis.options.host);
  await once(socket, 'connect');
  const lines = createInterface({ input: socket });
  const calls = {};
  let ended = () => {};
  socket.write('MONITOR\r\n');
  await once(lines, 'line');
  lines.on('line', (line) => {
    // +1339518083.107412 [0 127.0.0.1:60866] "keys" "*"
    const [, source, name] = /^\+\S+ \[\d+ ([^\]]+)\] "(\w+)"/.exec(line) ?? [];
    if (name === undefined || source === 'lua') return;
    if (name.toLowerCase() === 'echo' && line.includes(END)) return ended();
    calls[name.toLowerCase()] = (calls[name.toLowerCase()] ?? 0) + 1;
  });
  return async () => {
    // What was sent before this is shown before this.
    const last = new Promise((resolve) => (ended = resolve));
    await redis.echo(END);
    await last;
    socket.destroy();
    return calls;
  };
};

const END = 'end of the watch';
