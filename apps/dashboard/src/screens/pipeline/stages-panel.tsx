import type { Pipeline } from '@millrace/client';
import { lazy, Suspense } from 'react';
import { useGraph } from '../../parts/graph/use-definition.ts';
import { Loading, Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { rowIdOf, StagesTable } from './stages-table.tsx';

const DefinitionGraph = lazy(() => import('./definition-graph.tsx').then((module) => ({ default: module.DefinitionGraph })));

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
          <DefinitionGraph dag={graph.data} onOpen={(stage) => document.getElementById(rowIdOf(stage))?.focus()} />
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
