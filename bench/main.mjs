/* `npm run bench`; `-- --help` says what there is. */
import { build, installDependencies, installRedis } from '../scripts/prepare-machine.mjs';
import { HELP, readOptions, UsageError } from './options.mjs';

const options = readOptionsOrExit();
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
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
