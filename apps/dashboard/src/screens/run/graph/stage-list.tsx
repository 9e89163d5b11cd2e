import { attemptLabel, type Run, type StageRun } from '@millrace/core/domain';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useRef } from 'react';
import { StageTime } from '../../../parts/graph/stage-node.tsx';
import { StatusMark } from '../../../ui/status-mark.tsx';

const ROW = 40;

/** The stages as rows, in topological order. */
export const StageList = ({ run: { stages }, onOpen }: { run: Run; onOpen: (stage: string) => void }) => {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: stages.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  return (
    <div ref={box} tabIndex={0} role="region" aria-label="Stages" className="max-h-[68dvh] overflow-auto">
      <ol className="relative min-w-96" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start, key }) => (
          <li
            key={key}
            aria-setsize={stages.length}
            aria-posinset={index + 1}
            className="absolute inset-x-0 border-b border-line"
            style={{ height: ROW, transform: `translateY(${start}px)` }}
          >
            <Row stage={stages[index]!} onOpen={onOpen} />
          </li>
        ))}
      </ol>
    </div>
  );
};

const Row = memo(({ stage, onOpen }: { stage: StageRun; onOpen: (stage: string) => void }) => (
  <button
    type="button"
    data-stage={stage.stage}
    onClick={() => onOpen(stage.stage)}
    className="grid size-full grid-cols-[minmax(8rem,2fr)_9rem_8rem_minmax(4rem,1fr)] items-center gap-3 px-4 text-left hover:bg-raised"
  >
    <span className="truncate font-medium">{stage.stage}</span>
    <StatusMark status={stage.status} />
    <span className="text-quiet">
      <StageTime stage={stage} />
    </span>
    <span className="truncate text-faint">{attemptInWords(stage)}</span>
  </button>
));

/** Nothing for the first attempt of all. */
const attemptInWords = (stage: StageRun): string => {
  const label = attemptLabel({ ...stage, attempt: Math.max(1, stage.attempt) });
  return label === '1' ? '' : `attempt ${label}`;
};
