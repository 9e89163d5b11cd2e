import { readConfig } from '@millrace/core/config';
import { onRedis } from '@millrace/core/embedded';
import { MillraceError } from '@millrace/core/domain';
import { pino } from 'pino';
import { compose } from './compose.ts';

/** The scheduler as a process of its own: runs until SIGTERM, SIGINT or the end of the process that started it. */
const main = async (): Promise<void> => {
  const config = readConfig();
  const log = pino({ level: config.logLevel, base: { process: 'scheduler' } });
  const { redis, scheduler } = await onRedis(
    {
      redisUrl: config.redisUrl ?? undefined,
      dataDir: config.dataDir,
      allowVolatile: config.allowVolatile,
      log: (line) => log.info(line),
      warn: ({ code, message }) => log.warn({ code }, message),
    },
    async (found) => {
      const composed = await compose(config, found.url, log);
      await composed.start().catch(async (error: unknown) => {
        await composed.stop();
        throw error;
      });
      return { redis: found, scheduler: composed };
    },
  );
  const stop = async (): Promise<void> => {
    await scheduler.stop();
    await redis.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => void stop());
  process.send?.({ ready: true });
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof MillraceError ? error.message : (error as Error).stack}\n`);
  process.exit(1);
});
