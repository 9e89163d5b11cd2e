import { z } from 'zod';
import type { Pipeline } from '../domain/index.ts';

/** The DAG of a pipeline version: nodes in topological order, an edge from each dependency to its dependant. */
export const wireGraph = z
  .object({
    pipeline: z.string(),
    version: z.string(),
    nodes: z.array(z.object({ stage: z.string(), queue: z.string(), kind: z.enum(['function', 'command', 'gate']) })),
    edges: z.array(z.object({ from: z.string(), to: z.string() })),
  })
  .meta({ id: 'Graph' });
export type WireGraph = z.infer<typeof wireGraph>;

export const toWireGraph = (pipeline: Pipeline): WireGraph => ({
  pipeline: pipeline.name,
  version: pipeline.version,
  nodes: pipeline.stages.map((stage) => ({ stage: stage.name, queue: stage.queue, kind: stage.handler.kind })),
  edges: pipeline.stages.flatMap((stage) => stage.dependsOn.map((from) => ({ from, to: stage.name }))),
});

/**
 * As a Mermaid flowchart; names are safe in it by domain's rule, ids are prefixed because `end` is a word of Mermaid.
 */
export const toMermaid = (graph: WireGraph): string =>
  [
    'flowchart LR',
    ...graph.nodes.map((node) => `  s_${node.stage}["${node.stage}"]`),
    ...graph.edges.map((edge) => `  s_${edge.from} --> s_${edge.to}`),
    '',
  ].join('\n');

/** As a Graphviz digraph. */
export const toDot = (graph: WireGraph): string =>
  [
    `digraph "${graph.pipeline}" {`,
    '  rankdir=LR;',
    '  node [shape=box];',
    ...graph.nodes.map((node) => `  "${node.stage}";`),
    ...graph.edges.map((edge) => `  "${edge.from}" -> "${edge.to}";`),
    '}',
    '',
  ].join('\n');
