import { loadPipelines } from '@millrace/core/definition';
import type { MillraceError } from '@millrace/core/domain';
import { EXIT } from '../exit-codes.ts';
import { configOf } from '../local-config.ts';
import { sourceExcerpt } from '../source-excerpt.ts';
import { jsonText, type Terminal } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';

interface ValidateOptions {
  readonly json?: boolean;
}

export const validateCommand: AddCommands = (program, terminal, end) => {
  program
    .command('validate [files...]')
    .description('check pipeline files (default: those in MILLRACE_PIPELINES); needs no API')
    .option('--json', 'print JSON on stdout')
    .action(async (files: readonly string[], options: ValidateOptions) => {
      const patterns = files.length > 0 ? files : configOf().pipelines;
      const { loaded, problems } = await loadPipelines(patterns, process.cwd(), { handlers: false });
      const nothing = loaded.length === 0 && problems.length === 0;
      if (nothing) terminal.say(`no pipeline files in ${patterns.join(', ')}`);
      if (options.json) {
        const pipelines = loaded.map(({ pipeline, file }) => ({
          pipeline: pipeline.name,
          version: pipeline.version,
          stages: pipeline.stages.length,
          file,
        }));
        terminal.out(jsonText({ pipelines, problems: problems.map(jsonOf) }));
      } else {
        for (const { pipeline } of loaded)
          terminal.out(
            `${terminal.paint('green', 'ok')} ${pipeline.name}@${pipeline.version} (${pipeline.stages.length} stages)`,
          );
        for (const problem of problems) for (const line of linesOf(problem, terminal)) terminal.out(line);
      }
      if (nothing || problems.length > 0) end(EXIT.usage);
    });
};

/** Every problem with its source line and a caret below the column. */
const linesOf = ({ message, errors, moreErrors }: MillraceError, { paint }: Terminal): readonly string[] => {
  const wrong = paint('red', 'wrong');
  const [first, ...others] = errors;
  if (first === undefined) return [`${wrong} ${message}`];
  const files = new Map<string, readonly string[]>();
  const excerpt = (place: string): readonly string[] => sourceExcerpt(place, files).map((line) => `    ${line}`);
  // A problem found in two files is reported once.
  const more = others.filter((other) => other.message !== first.message);
  const headline = more.length === 0 ? message : message.replace(MORE, '');
  return [
    `${wrong} ${headline}`,
    ...excerpt(first.path),
    ...more.flatMap(({ path, message: says }) => [`${wrong} ${path}: ${says}`, ...excerpt(path)]),
    ...(moreErrors > 0 ? [`${wrong} and ${moreErrors.toLocaleString('en-GB')} more`] : []),
  ];
};
const MORE = / \(and [\d,]+ more\)$/;

const jsonOf = ({ code, message, errors, moreErrors }: MillraceError) => ({
  code,
  message,
  errors,
  ...(moreErrors === 0 ? {} : { more_errors: moreErrors }),
});
