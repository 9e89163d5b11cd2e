/** Repeats a text in every place where a stage can say something, and fails with it. */
import { definePipeline } from '@millrace/core/definition';
import { z } from 'zod';
import { TEXTS } from './texts.ts';

export default definePipeline('echo', {
  description: Object.values(TEXTS).join(' '),
  params: z.object({ text: z.string() }),
  overlap: 'allow',
})
  .stage('say', {
    run: async (ctx) => {
      const { text } = ctx.params;
      ctx.log(text);
      ctx.progress(0.5, text);
      ctx.metric(text.slice(0, 100), 1, text.slice(0, 20));
      await ctx.artifact(`${text.slice(0, 100).replaceAll('/', '|')}.txt`, text, { contentType: 'text/plain' });
      return { text, nested: { [text]: [text] } };
    },
  })
  .stage('fail', {
    dependsOn: ['say'],
    retry: { maximumAttempts: 1 },
    run: (ctx) => {
      throw new Error(ctx.params.text);
    },
  });
