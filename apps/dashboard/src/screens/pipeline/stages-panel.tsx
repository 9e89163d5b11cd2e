import type { Pipeline, Stage } from '@millrace/client';
import { lazy, Suspense } from 'react';
import { formatSetting } from '../../format/amounts.ts';
import { kindWords } from '../../parts/gates/gate-words.ts';
import { useGraph } from '../../parts/graph/use-definition.ts';
import { Loading, Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';

const DefinitionGraph = lazy(() =>
  import('./definition-graph.tsx').then((module) => ({ default: module.DefinitionGraph })),
);

/** The stages as a graph whose nodes link to their rows in the table below. */
export const StagesPanel = ({ pipeline }: { pipeline: Pipeline }) => {
  const graph = useGraph({ pipeline: pipeline.name, version: pipeline.version });
  return (
    <Panel title={`Stages (${pipeline.stages.length})`}>
      {graph.isError ? (
        <div className="p-3">
          <Notice tone="warn" title="Could not draw the graph" error={graph.error} />
        </div>
      ) : graph.data ? (
        <Suspense fallback={<Loading what="the graph" />}>
          <DefinitionGraph
            dag={graph.data}
            stages={pipeline.stages}
            onOpen={(stage) => document.getElementById(rowIdOf(stage))?.focus()}
          />
        </Suspense>
      ) : (
        <Loading what="the graph" />
      )}
      <div className="border-t border-line">
        <StagesTable stages={pipeline.stages} />
      </div>
    </Panel>
  );
};

/** The stages in a topological order. */
const StagesTable = ({ stages }: { stages: readonly Stage[] }) => (
  <div tabIndex={0} role="region" aria-label="Stages, as a table" className="max-h-[32rem] overflow-auto">
    <table className="w-full min-w-[56rem] text-left">
      <thead className="sticky top-0 bg-panel text-quiet">
        <tr>
          {['Stage', 'Depends on', 'Kind', 'Queue', 'Attempts', 'Timeouts'].map((name) => (
            <th key={name} scope="col" className="px-4 py-2 font-medium whitespace-nowrap">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {stages.map((stage) => (
          <StageRow key={stage.name} stage={stage} />
        ))}
      </tbody>
    </table>
  </div>
);

/** Link target of the graph's nodes. */
const rowIdOf = (stage: string): string => `stage-${stage}`;

const StageRow = ({ stage }: { stage: Stage }) => (
  <tr id={rowIdOf(stage.name)} tabIndex={-1} className="border-t border-line align-top focus:bg-raised">
    <th scope="row" className="px-4 py-2 font-medium">
      {stage.name}
    </th>
    <td className="min-w-32 px-4 py-2">
      {stage.depends_on.length === 0 ? <span className="text-faint">nothing</span> : stage.depends_on.join(', ')}
      {stage.when === 'all_succeeded' ? null : <code className="block text-quiet">{stage.when}</code>}
      {stage.teardown === null ? null : (
        <span className="block text-quiet">teardown of {stage.teardown.of.join(', ')}</span>
      )}
    </td>
    <td className="min-w-40 px-4 py-2">
      {stage.handler.kind === 'command' ? <code>{stage.handler.command.join(' ')}</code> : stage.handler.kind}
      {stage.gate === null || stage.gate.kind === 'stage' ? null : (
        <span className="block text-quiet">asks {kindWords(stage.gate.kind)}</span>
      )}
    </td>
    <td className="px-4 py-2">{stage.queue}</td>
    <td className="px-4 py-2 whitespace-nowrap">{attemptsInWords(stage)}</td>
    <td className="px-4 py-2 whitespace-nowrap">{timeoutsInWords(stage)}</td>
  </tr>
);

const attemptsInWords = ({ retry }: Stage): string =>
  retry.maximum_attempts === 1
    ? 'one'
    : `${retry.maximum_attempts}, backoff ${formatSetting(retry.initial_interval_ms)} × ${retry.backoff_coefficient} up to ${formatSetting(retry.maximum_interval_ms)}`;

const timeoutsInWords = ({ timeouts }: Stage): string =>
  (
    [
      ['attempt', timeouts.attempt_ms],
      ['heartbeat', timeouts.heartbeat_ms],
      ['stage', timeouts.stage_ms],
      ['in queue', timeouts.queue_ms],
    ] as const
  )
    .flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${formatSetting(ms)}`]))
    .join(', ') || 'none';
