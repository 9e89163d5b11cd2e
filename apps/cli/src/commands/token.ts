import { type Client, everyItem } from '@millrace/client';
import { ROLES } from '@millrace/core/domain';
import type { WireToken } from '@millrace/core/wire';
import { Option } from 'commander';
import { instant } from '../instants.ts';
import { jsonText, table, type Terminal } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, collect, onApi, withApiOptions } from './api-options.ts';

interface CreateOptions extends ApiOptions {
  readonly role: string;
  readonly expires?: string;
  readonly pipeline?: readonly string[];
}

export const tokenCommand: AddCommands = (program, terminal) => {
  const token = program.command('token').description('create, list and revoke named tokens');
  withApiOptions(token.command('create <name>').description('create a token and print it: it is shown only this once'))
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--pipeline <name>', 'limit it to this pipeline; repeatable (default: all)', collect)
    .option('--expires <duration>', 'how long it is valid, e.g. 30d (default: until it is revoked)')
    .action(
      onApi(async (api, name: string, options: CreateOptions) => {
        const created = await api.createToken({
          name,
          role: options.role,
          pipelines: options.pipeline,
          expires_in: options.expires,
        });
        if (options.json) return terminal.out(jsonText(created));
        terminal.say(`${sentenceOf(terminal, created)} It is shown only this once:`);
        terminal.out(created.token);
      }),
    );
  withApiOptions(token.command('list').description('list the tokens, without their secrets')).action(
    onApi(async (api, options: ApiOptions) => {
      const tokens = await allTokens(api);
      if (options.json) return terminal.out(jsonText(tokens));
      if (tokens.length === 0) return terminal.say('no named tokens: "millrace token create" makes one');
      for (const line of table(
        ['token', 'role', 'pipelines', 'expires', 'last used', 'created by'],
        tokens.map((one) => row(terminal, one)),
      ))
        terminal.out(line);
    }),
  );
  withApiOptions(
    token.command('revoke <name>').description('revoke a token: it ends what it has open within 5 s'),
  ).action(
    onApi(async (api, name: string, options: ApiOptions) => {
      const revoked = await api.revokeToken(name);
      if (options.json) terminal.out(jsonText(revoked));
      else terminal.say(`token ${revoked.name} (${revoked.role}) is revoked`);
    }),
  );
};

const allTokens = async (api: Client): Promise<readonly WireToken[]> => {
  const all: WireToken[] = [];
  for await (const token of everyItem((cursor) => api.tokens({ limit: 500, cursor }))) all.push(token);
  return all;
};

const sentenceOf = (terminal: Terminal, { name, role, expires_at }: WireToken): string =>
  `token ${name} has the role ${role} ${expires_at === null ? 'until it is revoked.' : `until ${instant(terminal, expires_at)}.`}`;

const row = (terminal: Terminal, token: WireToken): string[] => [
  token.name,
  token.role,
  token.pipelines?.join(', ') ?? 'all',
  token.expires_at === null
    ? 'never'
    : `${instant(terminal, token.expires_at)}${Date.parse(token.expires_at) <= Date.now() ? ' (expired)' : ''}`,
  token.last_used_at === null ? '-' : instant(terminal, token.last_used_at),
  token.created_by,
];
