import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { LoadedPipeline } from '@millrace/core/definition';
import type { MillraceError } from '@millrace/core/domain';
import { currentSchedules, storeState } from '@millrace/core/engine';
import type { Store } from '@millrace/core/ports';
import type { Logger } from 'pino';

/**
 * How long an announcement lasts without renewal, ms. At most the lease of a worker: after a kill, the next process may
 * have other files.
 */
const TTL_MS = 15_000;
const RENEW_MS = 5_000;

export interface TellDefinitions {
  readonly store: Store;
  readonly loaded: readonly Pick<LoadedPipeline, 'pipeline'>[];
  readonly problems: readonly MillraceError[];
  /** Settings from the configuration. */
  readonly patterns: readonly string[];
  readonly cwd: string;
  readonly log: Logger;
  /** Between renewals, ms; default 5 s. */
  readonly renewMs?: number;
}

/**
 * Registers the pipelines defined by the files and keeps announcing them while this process lives: schedules of other
 * pipelines start nothing. Announces everything again to a store that lost its data. Returns a function that stops it.
 */
export const tellDefinitions = async ({
  store,
  loaded,
  problems,
  patterns,
  cwd,
  log,
  renewMs = RENEW_MS,
}: TellDefinitions): Promise<() => Promise<void>> => {
  const command = {
    source: sourceOf(patterns, cwd),
    ttlMs: TTL_MS,
    pipelines: loaded.map(({ pipeline }) => pipeline.name).sort(),
    broken: problems.flatMap(({ extra }) => (typeof extra['pipeline'] === 'string' ? [extra['pipeline']] : [])).sort(),
  };
  const tell = async (afterLoss: boolean): Promise<void> => {
    for (const { pipeline } of loaded) await store.registerPipeline(pipeline, { makeCurrent: true });
    await store.registerDefinitions({ ...command, loaded: true, afterLoss });
  };
  const renew = async (): Promise<void> => {
    const { known } = await store.registerDefinitions({ ...command, loaded: false });
    if (known) return;
    await tell(true);
    log.warn(
      { pipelines: command.pipelines },
      'Redis has lost everything (it was flushed, or came back without its data): the pipelines were registered again',
    );
  };

  await tell(false);
  for (const { id, pipeline, blocked } of (await currentSchedules(store)).values())
    if (blocked !== null)
      log.warn({ schedule: id, pipeline }, `${blocked}: ticks of schedule ${id} are skipped until one does`);
  let renewing: Promise<void> = Promise.resolve();
  const state = storeState(log);
  const timer = setInterval(() => {
    renewing = renewing
      .then(renew)
      .then(() => state.worked('definitions'))
      .catch((error: unknown) => {
        if (!state.failed('definitions', error)) log.error({ err: error }, 'the definitions could not be registered');
      });
  }, renewMs);
  return async () => {
    clearInterval(timer);
    await renewing;
    await store.releaseDefinitions(command.source).catch(() => {});
  };
};

/** The same for all processes that read the same files, so that the newest load wins. */
const sourceOf = (patterns: readonly string[], cwd: string): string => {
  const files = patterns.map((pattern) => resolve(cwd, pattern)).join('\n');
  return `${hostname()}-${createHash('sha256').update(files).digest('hex').slice(0, 16)}`;
};
