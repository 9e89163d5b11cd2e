/* What Redis keeps of runs that ended, from used_memory. */

/** Fills the newest 1,000, whose BullMQ jobs are kept, then `runs` more, of which only the record stays. BullMQ keeps all of its jobs. */
export const finishedRunBytes = async (open, server, runs) => {
  const contestant = await open(server, { keep: null });
  try {
    const empty = await usedMemory(contestant.redis);
    await contestant.startMany(1_000);
    await contestant.atRest();
    const recent = await usedMemory(contestant.redis);
    await contestant.startMany(runs);
    await contestant.atRest();
    const all = await usedMemory(contestant.redis);
    return { recentBytes: (recent - empty) / 1_000, finishedBytes: (all - recent) / runs };
  } finally {
    await contestant.close();
  }
};

export const usedMemory = async (redis) => {
  const info = await redis.info('memory');
  return Number(/used_memory:(\d+)/.exec(info)[1]) - Number(/mem_aof_buffer:(\d+)/.exec(info)[1]);
};
