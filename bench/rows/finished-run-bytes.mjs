/* What Redis keeps of runs that ended, from used_memory. */

/** The first ones, a thousand at most, pay for what all share; then `runs` more. BullMQ keeps all of its jobs. */
export const finishedRunBytes = async (open, server, runs) => {
  const contestant = await open(server, { keep: null });
  try {
    await contestant.startMany(Math.min(1_000, runs));
    await contestant.atRest();
    const before = await usedMemory(contestant.redis);
    await contestant.startMany(runs);
    await contestant.atRest();
    return { finishedBytes: ((await usedMemory(contestant.redis)) - before) / runs };
  } finally {
    await contestant.close();
  }
};

export const usedMemory = async (redis) => {
  const info = await redis.info('memory');
  return Number(/used_memory:(\d+)/.exec(info)[1]) - Number(/mem_aof_buffer:(\d+)/.exec(info)[1]);
};
