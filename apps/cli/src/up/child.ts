/*
 * What `millrace up` starts: one of the processes, which ends when its parent does, however that ended. `child.ts
 * <name>`
 */
import { pathToFileURL } from 'node:url';
import { configOf } from '../local-config.ts';
import { mainOf, PROCESSES } from './main-files.ts';

const name = PROCESSES.find((known) => known === process.argv[2]);
if (name === undefined) throw new Error(`there is no process "${process.argv[2]}"`);

/** Time after the drain; whatever still keeps the process alive is then cut off. */
const KILL_AFTER_DRAIN_MS = 5_000;

const stop = (): void => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), configOf().drainMs + KILL_AFTER_DRAIN_MS).unref();
};
// The channel to the parent closes when the parent dies, even by SIGKILL. It must not keep a stopped process alive.
process.once('disconnect', stop);
process.channel?.unref();

/** A failed process reports that by its exit code; open handles must not keep it alive. */
const FAILED_LOOK_MS = 250;
setInterval(() => process.exitCode && process.exit(), FAILED_LOOK_MS).unref();

await import(pathToFileURL(mainOf(name)).href);
if (!process.connected) stop();
