import type { WireAuditEntry } from '@millrace/core/wire';
import { EXIT } from '../exit-codes.ts';
import { instant } from '../instants.ts';
import { jsonText, table, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';

interface ListOptions extends ApiOptions {
  readonly n?: string;
  readonly before?: string;
}
interface VerifyOptions extends ApiOptions {
  readonly expect?: string;
}

export const auditCommand: AddCommands = (program, terminal, end) => {
  const audit = program.command('audit').description('show who changed what, or check the log with "audit verify"');
  withApiOptions(audit.command('list', { isDefault: true }).description('show who changed what, newest first'))
    .option('-n <count>', 'how many entries, 500 at most (default 20)')
    .option('--before <seq>', 'only entries before this one')
    .action(
      onApi(async (api, options: ListOptions) => {
        const limit = wholeNumber('-n', options.n ?? '20', 1, 500);
        const { items } = await api.audit({ limit, cursor: options.before });
        if (options.json) return terminal.out(jsonText(items));
        if (items.length === 0) return terminal.say('no entries');
        const columns = ['seq', 'at', 'who', 'role', 'channel', 'what', 'outcome', 'reason'];
        for (const line of table(
          columns,
          items.map((entry) => row(terminal, entry)),
        ))
          terminal.out(line);
      }),
    );
  withApiOptions(audit.command('verify').description('check that no entry was changed or removed; exits 1 if one was'))
    .option('--expect <seq:hash>', 'an entry noted earlier, which must still be in the log')
    .action(
      onApi(async (api, options: VerifyOptions) => {
        const check = await api.verifyAudit(options.expect);
        if (!check.ok) end(EXIT.failed);
        if (options.json) return terminal.out(jsonText(check));
        if (check.problem !== null) return terminal.say(`the log is not intact: ${check.problem.message}`);
        terminal.say(`${check.entries} entries are as they were recorded. Note the last one, for a later --expect:`);
        terminal.out(`${check.seq}:${check.hash}`);
      }),
    );
};

const row = (terminal: Terminal, entry: WireAuditEntry): string[] => [
  String(entry.seq),
  instant(terminal, entry.at),
  entry.who,
  entry.role,
  entry.channel,
  entry.what.replaceAll(/\{(\w+)\}/g, (name, key: string) => entry.target[key] ?? name),
  entry.outcome === null ? 'unknown' : (entry.outcome.code ?? String(entry.outcome.status)),
  entry.reason ?? '',
];
