import { inspect } from 'node:util';
import { openDataFolder, readConfig } from '@millrace/core/config';
import { onRedis } from '@millrace/core/embedded';
import { escapeControls, MillraceError, withoutControls } from '@millrace/core/domain';
import { hideSecrets, OF_THE_API, sayReadable } from '@millrace/core/secrets';
import { pino } from 'pino';
import { compose } from './compose.ts';

/** The scheduler as its own process: runs until SIGTERM, SIGINT or the death of its parent. */
const main = async (): Promise<void> => {
  hideSecrets(OF_THE_API);
  const config = readConfig();
  const log = pino({ level: config.logLevel, base: { process: 'scheduler' }, hooks: { streamWrite: escapeControls } });
  // `up` has already reported it.
  for (const warning of [openDataFolder(config.dataDir), sayReadable()])
    if (warning !== null && !process.connected) log.warn(warning);
  // Last resort: without a scheduler, nothing catches up missed ticks.
  process.on('unhandledRejection', (error) =>
    log.error({ err: error }, 'a promise was rejected, and nothing handled that; the scheduler goes on'),
  );
  const { redis, scheduler } = await onRedis(
    {
      redisUrl: config.redisUrl ?? undefined,
      redisCa: config.redisCa,
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
  console.error(withoutControls(error instanceof MillraceError ? error.message : inspect(error)));
  process.exit(1);
});
