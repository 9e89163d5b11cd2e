import type { Run } from '@millrace/core/domain';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../../../api.ts';
import { Button } from '../../../ui/button.tsx';
import { Loading, Notice } from '../../../ui/notice.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { CopyButton } from './copy-button.tsx';
import { JsonTree } from './json-tree.tsx';

/** The outputs are read again at most this often, ms. */
const EVERY_MS = 3_000;
const STEP = 50;

/** What the stages gave back. Events do not carry outputs: they are read when stages have finished. */
export const OutputsPanel = ({ run }: { run: Run }) => {
  const finished = useSettled(run.stages.filter(({ finishedAt }) => finishedAt !== null).length, EVERY_MS);
  const [limit, setLimit] = useState(STEP);
  const outputs = useQuery({
    queryKey: ['outputs', run.runId, finished],
    queryFn: async ({ signal }) => (await api.run(run.runId, signal)).stages.filter(({ output }) => output !== null),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  return (
    <Panel title="Outputs">
      {outputs.isPending ? (
        <Loading what="the outputs" />
      ) : outputs.isError ? (
        <Notice tone="bad" title="The outputs cannot be read" error={outputs.error} />
      ) : outputs.data.length === 0 ? (
        <p className="p-4 text-quiet">No stage has an output yet. What a stage gives back appears here when it has succeeded.</p>
      ) : (
        <ul className="divide-y divide-line">
          {outputs.data.slice(0, limit).map(({ stage, provenance, output }) => (
            <li key={stage} className="px-4 py-2">
              <div className="flex items-center justify-between gap-2">
                <h3 className="font-medium">
                  {stage} {provenance === 'ran' ? null : <span className="font-normal text-warn">({provenance})</span>}
                </h3>
                <CopyButton text={() => JSON.stringify(output, null, 2)} what={`the output of ${stage}`} />
              </div>
              <JsonTree value={output} label={`Output of ${stage}`} open={outputs.data.length > 10 ? 0 : 1} />
            </li>
          ))}
        </ul>
      )}
      {(outputs.data?.length ?? 0) > limit ? (
        <div className="border-t border-line p-3">
          <Button onClick={() => setLimit(limit + STEP)}>More outputs</Button>
        </div>
      ) : null}
    </Panel>
  );
};

/** The value, changing at most once per `everyMs`; the first at once. */
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
