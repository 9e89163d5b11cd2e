import { killOwnerless, SCRATCH_PREFIX } from '@millrace/core/handlers';
import { sweepLeftovers } from '@millrace/core/scratch';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';

const EVERY_MS = 5 * 60_000;
/** Shorter: a command whose worker died may run beside its own retry. */
const LOOK_EVERY_MS = 5_000;

/**
 * Removes files of killed workers from this machine's folders and ends processes they left running, now and
 * periodically. Returns a function that stops it.
 */
export const keepSweeping = (artifactsFolder: string, log: Logger): (() => void) => {
  const places = [
    { folder: tmpdir(), prefix: SCRATCH_PREFIX, isOurs: false },
    { folder: join(artifactsFolder, 'tmp'), prefix: '', isOurs: true },
  ];
  let sweeping = false;
  const sweep = async (): Promise<void> => {
    if (sweeping) return;
    sweeping = true;
    try {
      for (const place of places) {
        const removed = await sweepLeftovers(place, (path, error) =>
          log.warn({ err: error, path }, 'a leftover could not be removed'),
        );
        if (removed.length > 0)
          log.info({ removed: removed.length, folder: place.folder }, 'removed what killed workers had left');
      }
    } catch (error) {
      log.warn({ err: error }, 'leftovers could not be looked for');
    } finally {
      sweeping = false;
    }
  };
  const look = async (): Promise<void> => {
    const killed = await killOwnerless();
    if (killed > 0) log.warn({ killed }, 'ended processes of commands whose worker was killed');
  };
  void look();
  void sweep();
  const timers = [setInterval(() => void sweep(), EVERY_MS), setInterval(() => void look(), LOOK_EVERY_MS)];
  for (const timer of timers) timer.unref();
  return () => timers.forEach(clearInterval);
};
