/* On what the figures were measured. */
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { createRequire } from 'node:module';
import { Redis } from 'ioredis';

export const machineFacts = async (redisUrl) => {
  const redis = new Redis(redisUrl);
  const server = await redis.info('server');
  redis.disconnect();
  return {
    os: `${type()} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    load_1m: Number(loadavg()[0].toFixed(2)),
    node: process.version,
    redis: /redis_version:(\S+)/.exec(server)?.[1] ?? 'unknown',
    redis_fsync: 'everysec',
    bullmq: createRequire(import.meta.url)('bullmq/package.json').version,
    date: new Date().toISOString(),
  };
};

export const machineLine = (facts) =>
  `${facts.os}, ${facts.cores} x ${facts.cpu}, ${facts.memory_gib} GiB, load ${facts.load_1m} before, Node ${facts.node}, Redis ${facts.redis} with AOF ${facts.redis_fsync}, BullMQ ${facts.bullmq}`;
