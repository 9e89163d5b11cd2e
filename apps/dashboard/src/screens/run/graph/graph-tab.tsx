import { isTerminalRun, type Run } from '@millrace/core/domain';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { Progress } from '../../../live/live-run.ts';
import { layOut } from '../../../parts/graph/graph-layout.ts';
import { StageFlow } from '../../../parts/graph/stage-flow.tsx';
import { useDefinition, useGraph } from '../../../parts/graph/use-definition.ts';
import { Button } from '../../../ui/button.tsx';
import { Loading, Notice } from '../../../ui/notice.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { useNarrow } from '../../../ui/use-narrow.ts';
import { useGatesOf } from '../gate-waits.tsx';

const StageList = lazy(() => import('./stage-list.tsx').then((module) => ({ default: module.StageList })));

interface GraphTabProps {
  run: Run;
  progress: ReadonlyMap<string, Progress>;
  selected: string | null;
  onOpen: (stage: string) => void;
}

/** The DAG of the run's version with the state of each stage; as a list on request or if the graph is gone. */
export const GraphTab = (props: GraphTabProps) => {
  const { run } = props;
  const graph = useGraph(run);
  const [asList, setAsList] = useState(false);
  const count = run.stages.length;
  return (
    <Panel
      title={`${count} ${count === 1 ? 'stage' : 'stages'}`}
      actions={
        graph.data ? (
          <Button kind="quiet" aria-pressed={asList} onClick={() => setAsList(!asList)}>
            {asList ? 'Show the graph' : 'Show as a list'}
          </Button>
        ) : null
      }
    >
      {graph.isError ? (
        <div className="p-3">
          <Notice tone="warn" title="The graph of this version is not available" error={graph.error}>
            The run itself is intact: its stages are listed below.
          </Notice>
        </div>
      ) : null}
      {graph.isPending ? (
        <Loading what="the graph" />
      ) : graph.data && !asList ? (
        <DrawnGraph {...props} dag={graph.data} />
      ) : (
        <Suspense fallback={<Loading what="the stages" />}>
          <StageList run={run} onOpen={props.onOpen} />
        </Suspense>
      )}
    </Panel>
  );
};

const DrawnGraph = ({
  run,
  progress,
  selected,
  onOpen,
  dag,
}: GraphTabProps & { dag: NonNullable<ReturnType<typeof useGraph>['data']> }) => {
  const narrow = useNarrow();
  const definitions = useDefinition(run).stages;
  const gates = useGatesOf(run);
  const layout = useMemo(() => layOut(dag, narrow ? 'down' : 'right'), [dag, narrow]);
  const stages = useMemo(() => new Map(run.stages.map((stage) => [stage.stage as string, stage])), [run.stages]);
  const drawn = useMemo(
    () => ({ dag, layout, stages, progress, definitions, gates, selected, ofRun: true }),
    [dag, layout, stages, progress, definitions, gates, selected],
  );
  return <StageFlow key={layout.direction} drawn={drawn} live={!isTerminalRun(run.status)} onOpen={onOpen} />;
};
