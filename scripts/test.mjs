/*
 * `npm test`: the checks, then the tests that need real services. Installs what the machine lacks, also on a clean
 * clone.
 */
import { spawnSync } from 'node:child_process';
import { runGates, vitest } from './gates.mjs';
import { installChromium, installDependencies, installFilm, installRedis } from './prepare-machine.mjs';

installDependencies();
const check = spawnSync(process.execPath, [new URL('check.mjs', import.meta.url).pathname], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
installRedis();
installChromium();
installFilm({ required: true });
const failed = runGates('test', [
  vitest('planted violations', ['gates']),
  vitest('integration', ['integration'], { live: true }),
  vitest('browser', ['browser'], { live: true }),
]);
const all = [...(check.status === 0 ? [] : ['check']), ...failed];
if (all.length > 0) console.error(`\ntests failed: ${all.join(', ')}`);
process.exit(all.length > 0 ? 1 : 0);
