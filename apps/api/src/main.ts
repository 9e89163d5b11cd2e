/** The API as its own process: `node apps/api/dist/main.js`. */
import { inspect } from 'node:util';
import { adminToken, openDataFolder, readConfig } from '@millrace/core/config';
import { escapeControls, MillraceError, withoutControls } from '@millrace/core/domain';
import { onRedis } from '@millrace/core/embedded';
import { hideSecrets, sayReadable } from '@millrace/core/secrets';
import { pino } from 'pino';
import { composeApi } from './compose.ts';

const main = async (): Promise<void> => {
  hideSecrets();
  const config = readConfig();
  const log = pino({ name: 'millrace-api', level: config.logLevel, hooks: { streamWrite: escapeControls } });
  // `up` has already reported it.
  for (const warning of [openDataFolder(config.dataDir), sayReadable()])
    if (warning !== null && !process.connected) log.warn(warning);
  // Last resort: crashing here would disconnect every client.
  process.on('unhandledRejection', (error) =>
    log.error({ err: error }, 'a promise was rejected, and nothing handled that; the API goes on'),
  );
  const { token, generated } = adminToken(config);
  if (generated) log.info(`the admin token was generated into ${config.dataDir}/admin-token`);
  const { redis, api } = await onRedis(
    {
      redisUrl: config.redisUrl ?? undefined,
      redisCa: config.redisCa,
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
    // A channel with a listener keeps the process alive.
    if (process.connected) process.disconnect();
  }
};

main().catch((error: unknown) => {
  console.error(withoutControls(error instanceof MillraceError ? error.message : inspect(error)));
  process.exit(1);
});
