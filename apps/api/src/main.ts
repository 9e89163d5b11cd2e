/** The API as a process of its own: `node apps/api/dist/main.js`. */
import { adminToken, readConfig } from '@millrace/core/config';
import { MillraceError } from '@millrace/core/domain';
import { onRedis } from '@millrace/core/embedded';
import { pino } from 'pino';
import { composeApi } from './compose.ts';

const main = async (): Promise<void> => {
  const config = readConfig();
  const log = pino({ name: 'millrace-api', level: config.logLevel });
  const { token, generated } = adminToken(config);
  if (generated) log.info(`the admin token was generated into ${config.dataDir}/admin-token`);
  const { redis, api } = await onRedis(
    {
      redisUrl: config.redisUrl ?? undefined,
      dataDir: config.dataDir,
      allowVolatile: config.allowVolatile,
      log: (line) => log.info(line),
      warn: ({ code, message }) => log.warn({ code }, message),
    },
    async (found) => {
      const composed = await composeApi({ config, redisUrl: found.url, adminToken: token, log });
      await composed.start().catch(async (error: unknown) => {
        await composed.stop();
        throw error;
      });
      return { redis: found, api: composed };
    },
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => resolve());
  });
  log.info('stopping');
  try {
    await api.stop();
  } finally {
    await redis.stop();
    // A channel that is listened to keeps the process alive.
    if (process.connected) process.disconnect();
  }
};

main().catch((error: unknown) => {
  console.error(error instanceof MillraceError ? error.message : error);
  process.exit(1);
});
