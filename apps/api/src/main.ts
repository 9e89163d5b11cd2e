/** The API as a process of its own: `node apps/api/dist/main.js`. */
import { adminToken, readConfig } from '@millrace/core/config';
import { MillraceError } from '@millrace/core/domain';
import { assertRedis, resolveRedis } from '@millrace/core/embedded';
import { pino } from 'pino';
import { composeApi } from './compose.ts';

const main = async (): Promise<void> => {
  const config = readConfig();
  const log = pino({ name: 'millrace-api', level: config.logLevel });
  const redis = await resolveRedis({
    ...(config.redisUrl === null ? {} : { redisUrl: config.redisUrl }),
    redisCa: config.redisCa,
    dataDir: config.dataDir,
    log: (line) => log.info(line),
  });
  // The last resort: an API that ends for it takes everybody along.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was rejected, and nothing handled that; the API goes on'));
  try {
    for (const warning of await assertRedis(redis.url, { allowVolatile: config.allowVolatile, ca: config.redisCa }))
      log.warn({ code: warning.code }, warning.message);
    const { token, generated } = adminToken(config);
    if (generated) log.info(`the admin token was generated into ${config.dataDir}/admin-token`);
    const api = await composeApi({ config, redisUrl: redis.url, adminToken: token, log });
    const ended = new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => resolve());
    });
    try {
      await api.start();
      await ended;
      log.info('stopping');
    } finally {
      await api.stop();
    }
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
