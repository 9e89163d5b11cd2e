/*
 * Runs when a worker has died (see command-keeper.ts): kills the remaining processes of its commands, even if the shims
 * died too, and removes their folders. Arguments: the worker's number, the temporary folder, the name prefix of the
 * worker's folders in it.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { killAll } from './kill-tree.mjs';

const [owner, folder, prefix] = process.argv.slice(2);
killAll({
  isOurs: (mark) => String(BigInt(mark) >> 16n) === owner,
  marker: `MILLRACE_OUTPUT=${join(folder, prefix)}`,
  group: null,
});
try {
  for (const name of readdirSync(folder))
    if (name.startsWith(prefix)) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 2 });
} catch {
  // The next worker's sweep reports what cannot be removed.
}
