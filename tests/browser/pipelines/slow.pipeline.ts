/** Runs until it is cancelled, or ended by a file in the data folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { definePipeline } from '@millrace/core/definition';

const told = join(process.env['MILLRACE_DATA_DIR'] ?? '.millrace', 'let-slow-end');

export default definePipeline('slow', { description: 'Runs until it is told to end', overlap: 'skip' })
  .stage('prepare', { run: () => ({ ready: true }) })
  .stage('wait', {
    dependsOn: ['prepare'],
    grace: '1s',
    run: async (ctx) => {
      for (let beat = 1; !existsSync(told); beat++) {
        ctx.log(`beat ${beat}`);
        ctx.progress(Math.min(0.95, beat / 100), `beat ${beat}`);
        await delay(200, undefined, { signal: ctx.signal });
      }
      return { told: true };
    },
  })
  .stage('finish', { dependsOn: ['wait'], run: () => ({ done: true }) });
