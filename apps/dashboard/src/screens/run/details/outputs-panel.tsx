import type { Page, StageRunView } from '@millrace/client';
import type { Run } from '@millrace/core/domain';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api } from '../../../api.ts';
import { Button } from '../../../ui/button.tsx';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { Loading, Notice } from '../../../ui/notice.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { JsonTree } from '../../../ui/json-tree.tsx';

/** Minimum interval between rereads of the outputs, ms. */
const EVERY_MS = 3_000;
/** Outputs added per step, and the pages of stages searched for them. */
const STEP = 50;
const PAGES = 4;

/** Outputs of the stages. Events do not carry outputs: they are reread when stages have ended. */
export const OutputsPanel = ({ run }: { run: Run }) => {
  const finished = useSettled(run.stages.filter(({ finishedAt }) => finishedAt !== null).length, EVERY_MS);
  const outputs = useInfiniteQuery({
    queryKey: ['outputs', run.runId],
    queryFn: ({ pageParam, signal }) => nextOutputs(run.runId, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    staleTime: Infinity,
  });
  const { refetch } = outputs;
  const read = useRef(finished);
  useEffect(() => {
    if (read.current === finished) return;
    read.current = finished;
    void refetch();
  }, [finished, refetch]);
  const shown = outputs.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Panel title="Outputs">
      {outputs.isPending ? (
        <Loading what="the outputs" />
      ) : outputs.isError ? (
        <Notice tone="bad" title="Could not load the outputs" error={outputs.error} />
      ) : shown.length === 0 && !outputs.hasNextPage ? (
        <p className="p-4 text-quiet">No outputs yet. A stage's output appears here when it succeeds.</p>
      ) : (
        <ul className="divide-y divide-line">
          {shown.map(({ stage, provenance, output }) => (
            <li key={stage} className="px-4 py-2">
              <div className="flex items-center justify-between gap-2">
                <h3 className="font-medium">
                  {stage} {provenance === 'ran' ? null : <span className="font-normal text-warn">({provenance})</span>}
                </h3>
                <CopyButton text={() => JSON.stringify(output, null, 2)} what={`the output of ${stage}`} />
              </div>
              <JsonTree value={output} label={`Output of ${stage}`} open={shown.length > 10 ? 0 : 1} />
            </li>
          ))}
        </ul>
      )}
      {outputs.hasNextPage ? (
        <div className="border-t border-line p-3">
          <Button busy={outputs.isFetchingNextPage} onClick={() => void outputs.fetchNextPage()}>
            More outputs
          </Button>
        </div>
      ) : null}
    </Panel>
  );
};

/** The next stages with an output; possibly fewer or none if few of the searched ones have any. */
const nextOutputs = async (runId: string, from: string | null, signal: AbortSignal): Promise<Page<StageRunView>> => {
  const items: StageRunView[] = [];
  let cursor = from;
  for (let pages = 0; pages < PAGES && items.length < STEP; pages++) {
    const page = await api.stages(runId, { status: 'succeeded', cursor, limit: STEP }, signal);
    items.push(...page.items.filter(({ output }) => output !== null));
    cursor = page.next_cursor;
    if (cursor === null) break;
  }
  return { items, next_cursor: cursor };
};

/** The value, throttled to once per `everyMs`; the first at once. */
const useSettled = (value: number, everyMs: number): number => {
  const [settled, settle] = useState(value);
  const stale = settled !== value;
  useEffect(() => {
    if (!stale) return;
    const timer = setTimeout(() => settle(value), everyMs);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react/exhaustive-deps -- a value that goes on changing must not put it off again
  }, [stale, everyMs]);
  return settled;
};
