import type { WireGraph } from '@millrace/core/wire';
import { Option } from 'commander';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';
import { jsonText } from '../terminal.ts';

interface GraphOptions extends ApiOptions {
  readonly format: 'text' | 'json' | 'mermaid' | 'dot';
}

export const graphCommand: AddCommands = (program, terminal) => {
  withApiOptions(program.command('graph <pipeline>').description('print the DAG of a pipeline'))
    .addOption(
      new Option('--format <format>', 'output format').choices(['text', 'json', 'mermaid', 'dot']).default('text'),
    )
    .action(
      onApi(async (api, pipeline: string, options: GraphOptions) => {
        const format = options.json ? 'json' : options.format;
        if (format === 'mermaid' || format === 'dot')
          return terminal.out((await api.graphText(pipeline, format)).trimEnd());
        const graph = await api.graph(pipeline);
        terminal.out(format === 'json' ? jsonText(graph) : drawGraph(graph).join('\n'));
      }),
    );
};

/** One line per stage in topological order, indented by depth, with its dependencies. */
const drawGraph = ({ nodes, edges }: WireGraph): string[] => {
  const depths = new Map<string, number>();
  return nodes.map(({ stage }) => {
    const needs = edges.filter((edge) => edge.to === stage).map((edge) => edge.from);
    const depth = needs.length === 0 ? 0 : 1 + Math.max(...needs.map((name) => depths.get(name) ?? 0));
    depths.set(stage, depth);
    return `${'  '.repeat(depth)}${stage}${needs.length > 0 ? ` <- ${needs.join(', ')}` : ''}`;
  });
};
