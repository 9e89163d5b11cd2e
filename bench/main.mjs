/*
 * `npm run bench`: how fast Millrace is beside bare BullMQ on this machine.
 *   -- --json           one JSON document instead of the tables
 *   -- --only <row>     one row (repeatable): throughput, round-trips, idle, backlog, dags, worst-script,
 *                       http-starts, seen-runs, open-loop
 *   -- --before <dir>   a built checkout of an earlier version, which http-starts measures in turn
 *   -- --rounds <n>     interleaved rounds (3)
 *   -- --quick          small counts: shows that it runs, measures nothing
 */
import { build, installDependencies, installRedis } from '../scripts/prepare-machine.mjs';
import { readOptions, UsageError } from './options.mjs';

const options = readOptionsOrExit();
// With --json the document is all of stdout.
if (options.json) console.log = console.error;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => process.exit(code));
installDependencies();
installRedis(process.stderr);
build();

const { runRows } = await import('./run-rows.mjs');
const document = await runRows(options);
const text = options.json ? `${JSON.stringify(document, null, 2)}\n` : '';
process.stdout.write(text, () => process.exit(0));

function readOptionsOrExit() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}
