/** Fails twice and then succeeds; long enough in backoff that a page can show it. */
import { definePipeline } from '@millrace/core/definition';

export default definePipeline('flaky', { description: 'Succeeds at the third attempt', overlap: 'allow' })
  .stage('prepare', { run: () => ({ ready: true }) })
  .stage('unreliable', {
    dependsOn: ['prepare'],
    retry: { maximumAttempts: 3, initialInterval: '3s', backoffCoefficient: 1, jitter: 0 },
    run: (ctx) => {
      ctx.log(`attempt ${ctx.attempt}`);
      if (ctx.attempt < 3) throw new Error(`the upstream service answered 503 at attempt ${ctx.attempt}`);
      return { attempts: ctx.attempt };
    },
  });
