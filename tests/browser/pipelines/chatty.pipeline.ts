/** Writes a given number of log lines, at once or at a rate. */
import { setTimeout as delay } from 'node:timers/promises';
import { definePipeline } from '@millrace/core/definition';
import { z } from 'zod';

const CHUNK = 500;
const params = z.object({
  lines: z.int().min(0).max(100_000).default(1_000).describe('How many lines'),
  per_second: z.int().min(0).max(10_000).default(0).describe('0: as fast as it goes'),
});

export default definePipeline('chatty', { description: 'Writes log lines', params, overlap: 'allow' }).stage('talk', {
  run: async (ctx) => {
    const { lines, per_second: rate } = ctx.params;
    const line = (n: number) =>
      `${String(n).padStart(6, '0')} \u001b[3${(n % 6) + 1}mlevel=info\u001b[0m msg="line ${n} of ${lines}" key=${(n * 7919) % 10_007}`;
    if (rate === 0)
      for (let n = 1; n <= lines; n += CHUNK)
        await ctx.writeLines(
          'out',
          Array.from({ length: Math.min(CHUNK, lines - n + 1) }, (_, at) => line(n + at)),
        );
    else
      for (let n = 1, began = performance.now(); n <= lines; n++) {
        ctx.log(line(n));
        await delay(began + (n * 1_000) / rate - performance.now(), undefined, { signal: ctx.signal });
      }
    return { lines };
  },
});
