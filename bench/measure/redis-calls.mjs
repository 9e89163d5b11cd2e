/* Which commands clients send to Redis, as MONITOR shows them: those that scripts call are left out. */

/** Begins to listen; the answer ends it and gives each command's calls by name. Slow: not while anything is timed. */
export const watchRedisCalls = async (redis) => {
  const watcher = await redis.duplicate().monitor();
  const calls = {};
  watcher.on('monitor', (_time, [name], source) => {
    if (source !== 'lua') calls[name.toLowerCase()] = (calls[name.toLowerCase()] ?? 0) + 1;
  });
  return async () => {
    // What was sent before this is shown before this.
    const last = new Promise((resolve) =>
      watcher.on('monitor', (_time, [name, text]) => name === 'echo' && text === END && resolve()),
    );
    await redis.echo(END);
    await last;
    watcher.disconnect();
    delete calls.echo;
    return calls;
  };
};

const END = 'end of the watch';
