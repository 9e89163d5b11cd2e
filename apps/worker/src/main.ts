import { readConfig } from '@millrace/core/config';
import { MillraceError } from '@millrace/core/domain';
import { resolveRedis } from '@millrace/core/embedded';
import { pino } from 'pino';
import { composeWorker } from './compose.ts';

/** Beyond its drain, what a stop may take. */
const STOP_WITHIN_MS = 10_000;

/** One worker process, until SIGTERM, SIGINT or the end of the process that started it. */
const main = async (): Promise<void> => {
  const config = readConfig();
  // Commands are given it as an absolute path: they run in their definition's folder.
  process.env['MILLRACE_DATA_DIR'] = config.dataDir;
  const log = pino({ name: 'worker', level: config.logLevel });
  const redis = await resolveRedis({
    ...(config.redisUrl === null ? {} : { redisUrl: config.redisUrl }),
    dataDir: config.dataDir,
    log: (line) => log.info(line),
  });
  const worker = await composeWorker(config, redis.url, log);
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    // A Redis that is away must not hold the process: what it held is rescued when its lease ends.
    setTimeout(() => process.exit(1), 2 * config.drainMs + STOP_WITHIN_MS).unref();
    await worker.stop();
    await redis.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(signal, () => void stop());
  await worker.start();
};

main().catch((error: unknown) => {
  console.error(error instanceof MillraceError ? error.message : error);
  process.exit(1);
});
