/** Writes a line of 10 MB, as a command and as a function, and a short one after it. */
import { definePipeline } from '@millrace/core/definition';

const WORDS = 1_310_720;

export default definePipeline('endless')
  .stage('command', {
    command: ['node', '-e', `process.stdout.write('endless '.repeat(${WORDS}) + '\\nafter the command\\n')`],
  })
  .stage('function', {
    dependsOn: ['command'],
    run: (ctx) => {
      ctx.log('endless '.repeat(WORDS));
      ctx.log('after the function');
      return {};
    },
  });
