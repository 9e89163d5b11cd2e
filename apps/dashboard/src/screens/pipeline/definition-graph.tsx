import type { Graph, Stage } from '@millrace/client';
import { useMemo } from 'react';
import { layOut } from '../../parts/graph/graph-layout.ts';
import { StageFlow } from '../../parts/graph/stage-flow.tsx';
import { useNarrow } from '../../ui/use-narrow.ts';

/** The DAG of a version, without a run. */
export const DefinitionGraph = ({
  dag,
  stages,
  onOpen,
}: {
  dag: Graph;
  stages: readonly Stage[];
  onOpen: (stage: string) => void;
}) => {
  const narrow = useNarrow();
  const layout = useMemo(() => layOut(dag, narrow ? 'down' : 'right'), [dag, narrow]);
  const drawn = useMemo(
    () => ({ ...NOTHING_HAPPENED, dag, layout, definitions: new Map(stages.map((stage) => [stage.name, stage])) }),
    [dag, layout, stages],
  );
  return <StageFlow key={layout.direction} drawn={drawn} live={false} onOpen={onOpen} />;
};

const NOTHING_HAPPENED = {
  stages: new Map(),
  progress: new Map(),
  gates: new Map(),
  selected: null,
  ofRun: false,
};
