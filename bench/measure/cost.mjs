/*
 * What a stretch of work cost: seconds on the clock, and CPU seconds of Redis, of the worker process and of this one.
 */
import { readFileSync } from 'node:fs';

/** Begins measuring; the answer ends it. */
export const beginCost = async (redis, workerPid) => {
  const redisAt = await redisCpu(redis);
  const workerAt = processCpu(workerPid);
  const ownAt = process.cpuUsage();
  const at = performance.now();
  return async () => {
    const seconds = (performance.now() - at) / 1_000;
    const own = process.cpuUsage(ownAt);
    const worker = processCpu(workerPid);
    return {
      seconds,
      redisCpu: (await redisCpu(redis)) - redisAt,
      workerCpu: worker === null || workerAt === null ? NaN : worker - workerAt,
      producerCpu: (own.user + own.system) / 1e6,
    };
  };
};

const redisCpu = async (redis) => {
  const info = await redis.info('cpu');
  return Number(/used_cpu_user:([\d.]+)/.exec(info)[1]) + Number(/used_cpu_sys:([\d.]+)/.exec(info)[1]);
};

/** Ticks of 10 ms, all threads, user and system; null where there is no /proc. */
const processCpu = (pid) => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
};
