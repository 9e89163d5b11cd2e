import { loadPipelines } from '@millrace/core/definition';
import { EXIT } from '../exit-codes.ts';
import { configOf } from '../local-config.ts';
import type { AddCommands } from './add-commands.ts';

interface ValidateOptions {
  readonly json?: boolean;
}

export const validateCommand: AddCommands = (program, terminal, end) => {
  program
    .command('validate [files...]')
    .description('check pipeline files (default: those of MILLRACE_PIPELINES); needs no API')
    .option('--json', 'print JSON on stdout')
    .action(async (files: readonly string[], options: ValidateOptions) => {
      const patterns = files.length > 0 ? files : configOf().pipelines;
      const { loaded, problems } = await loadPipelines(patterns, process.cwd(), { handlers: false });
      const nothing = loaded.length === 0 && problems.length === 0;
      if (nothing) terminal.say(`there is no pipeline file in ${patterns.join(', ')}`);
      if (options.json) {
        const pipelines = loaded.map(({ pipeline, file }) => ({ pipeline: pipeline.name, version: pipeline.version, stages: pipeline.stages.length, file }));
        terminal.out(JSON.stringify({ pipelines, problems: problems.map(({ code, message, errors }) => ({ code, message, errors })) }));
      } else {
        for (const { pipeline } of loaded)
          terminal.out(`${terminal.paint('green', 'ok')} ${pipeline.name}@${pipeline.version} (${pipeline.stages.length} stages)`);
        for (const { message, errors } of problems) {
          terminal.out(`${terminal.paint('red', 'wrong')} ${message}`);
          for (const { path, message: problem } of errors.slice(1)) if (!message.includes(problem)) terminal.out(`      ${path}: ${problem}`);
        }
      }
      if (nothing || problems.length > 0) end(EXIT.usage);
    });
};
