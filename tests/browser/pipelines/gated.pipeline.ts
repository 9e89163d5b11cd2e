/** A draft with something of each kind to look at, a gate with a form, and a second gate for two people. */
import { definePipeline } from '@millrace/core/definition';
import { z } from 'zod';
import { CHART_PNG, CLIP_WEBM, REPORT_HTML, TONE_WAV } from './artifacts.ts';
import { PAYLOADS } from './payloads.ts';

const params = z.object({
  title: z.string().default('Rivers'),
  /** Lets the second gate ask. */
  signed: z.boolean().default(false),
});
const form = z.object({
  verdict: z.enum(['publish', 'archive']),
  stars: z.int().min(1).max(5).default(3),
});

export default definePipeline('gated', { description: 'Asks people before it publishes', params, overlap: 'allow' })
  .stage('draft', {
    run: async (ctx) => {
      const { title } = ctx.params;
      const lines = Array.from({ length: 20 }, (_, n) => `Line ${n + 1} of the report.`);
      await ctx.artifact('report.md', [`# ${title}`, '', ...lines].join('\n'), { contentType: 'text/markdown' });
      await ctx.artifact('page.html', REPORT_HTML, { contentType: 'text/html' });
      await ctx.artifact('chart.png', CHART_PNG, { contentType: 'image/png' });
      await ctx.artifact('tone.wav', TONE_WAV, { contentType: 'audio/wav' });
      await ctx.artifact('clip.webm', CLIP_WEBM, { contentType: 'video/webm' });
      await ctx.artifact('rows.csv', `river,km\nNile,6650\n"${title}",1\n`, { contentType: 'text/csv' });
      await ctx.artifact(`${PAYLOADS['image']}.bin`, PAYLOADS['script'] ?? '', {});
      return { title, says: PAYLOADS['image'], words: 120 };
    },
  })
  .stage('rows', {
    run: () => [
      { river: 'Nile', km: 6650 },
      { river: 'Rhine', km: 1230 },
    ],
  })
  .stage('review', { dependsOn: ['draft', 'rows'], gate: { form, timeout: '2d', onTimeout: 'reject' } })
  .stage('publish', {
    dependsOn: ['review'],
    gate: { quorum: 2, when: 'params.signed' },
    run: (ctx) => ({ published: ctx.inputs.review?.verdict ?? null }),
  });
