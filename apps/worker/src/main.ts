import { inspect } from 'node:util';
import { openDataFolder, readConfig } from '@millrace/core/config';
import { escapeControls, MillraceError, withoutControls } from '@millrace/core/domain';
import { onRedis } from '@millrace/core/embedded';
import { hideSecrets, OF_THE_API, sayReadable } from '@millrace/core/secrets';
import { pino } from 'pino';
import { composeWorker } from './compose.ts';
import { guardProcess } from './guard-process.ts';

/** How long a stop may take beyond its drain, ms. */
const STOP_WITHIN_MS = 10_000;

/** One worker process, until SIGTERM, SIGINT or the end of the process that started it. */
const main = async (): Promise<void> => {
  hideSecrets(OF_THE_API);
  const config = readConfig();
  // Absolute, since commands run in their definition's folder.
  process.env['MILLRACE_DATA_DIR'] = config.dataDir;
  const log = pino({ name: 'worker', level: config.logLevel, hooks: { streamWrite: escapeControls } });
  // `up` has already reported it.
  for (const warning of [openDataFolder(config.dataDir), sayReadable()])
    if (warning !== null && !process.connected) log.warn(warning);
  const guard = guardProcess(log);
  const { redis, worker } = await onRedis(
    {
      redisUrl: config.redisUrl ?? undefined,
      redisCa: config.redisCa,
      dataDir: config.dataDir,
      allowVolatile: config.allowVolatile,
      log: (line) => log.info(line),
      warn: ({ code, message }) => log.warn({ code }, message),
    },
    async (found) => ({ redis: found, worker: await composeWorker(config, found.url, log) }),
  );
  let stopping = false;
  const stop = async (because: string | null) => {
    if (stopping) return;
    stopping = true;
    // A Redis that is down must not keep the process alive: its stages are rescued when its lease ends.
    setTimeout(() => guard.exit(1), 2 * config.drainMs + STOP_WITHIN_MS).unref();
    await worker.stop(because);
    await redis.stop();
    guard.exit(because === null ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(signal, () => void stop(null));
  guard.onExit((call) => void stop(`${call} was called in the worker's process, by no stage`));
  // Under `millrace up`: from here on, the death of this process is not a failed start.
  await worker.start(() => process.send?.('ready'));
};

main().catch((error: unknown) => {
  console.error(withoutControls(error instanceof MillraceError ? error.message : inspect(error)));
  process.exit(1);
});
