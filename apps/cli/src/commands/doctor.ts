import { describeConfig } from '@millrace/core/config';
import { decideRedis, formatDecision } from '@millrace/core/embedded';
import { ownEnvironment } from '@millrace/core/secrets';
import { EXIT } from '../exit-codes.ts';
import { configOf } from '../local-config.ts';
import type { AddCommands } from './add-commands.ts';
import { type Finding, findings } from '../doctor/findings.ts';
import { jsonText, type Terminal } from '../terminal.ts';

interface DoctorOptions {
  readonly json?: boolean;
}

export const doctorCommand: AddCommands = (program, terminal, end) => {
  program
    .command('doctor [topic]')
    .description(
      'check this machine and say how to fix any problems; "doctor redis" shows how Redis is found, "doctor config" prints every setting',
    )
    .option('--json', 'print JSON on stdout')
    .action(async (topic: string | undefined, options: DoctorOptions, command: { error(message: string): never }) => {
      if (topic === 'redis') return end(await explainRedis(terminal, options.json));
      if (topic === 'config') return end(showConfig(terminal, options.json));
      if (topic !== undefined) command.error(`error: unknown topic '${topic}'\n(Did you mean redis or config?)`);
      const found = await findings(ownEnvironment());
      if (options.json) terminal.out(jsonText({ findings: found }));
      else for (const finding of found) showFinding(terminal, finding);
      end(found.some(({ verdict }) => verdict === 'wrong') ? EXIT.failed : EXIT.done);
    });
};

const explainRedis = async (terminal: Terminal, json = false) => {
  const { redisUrl, redisCa, dataDir } = configOf();
  const { choice, steps } = await decideRedis({ redisUrl: redisUrl ?? undefined, redisCa, dataDir, log: () => {} });
  terminal.out(json ? jsonText({ choice: choice.kind, steps }) : formatDecision(steps));
  return choice.kind === 'none' ? EXIT.failed : EXIT.done;
};

/** Prints the configuration without secrets. */
const showConfig = (terminal: Terminal, json = false) => {
  const lines = describeConfig(configOf());
  if (json)
    terminal.out(jsonText({ config: lines.map(({ variable, value, source }) => ({ variable, value, source })) }));
  else
    for (const { variable, value, source } of lines)
      terminal.out(`${variable.padEnd(32)} ${(value ?? '(not set)').padEnd(24)} ${source}`);
  return EXIT.done;
};

const VERDICTS = { ok: 'green', warning: 'yellow', wrong: 'red' } as const;

const showFinding = (terminal: Terminal, { check, verdict, says, fix }: Finding): void => {
  terminal.out(`${terminal.paint(VERDICTS[verdict], verdict.padEnd(7))} ${check.padEnd(12)} ${says}`);
  if (fix !== null) terminal.out(`${''.padEnd(20)} fix: ${fix}`);
};
