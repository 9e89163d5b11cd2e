import type { Run, StageRun } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../api.ts';
import { formatBytes } from '../../../format/amounts.ts';
import { Loading, Notice } from '../../../ui/notice.tsx';
import { CopyButton } from '../details/copy-button.tsx';

/** Characters of an output shown: a large one would stall the page. Copy takes all of it. */
const SHOWN = 20_000;

/** Output of a succeeded stage. Events do not carry outputs, so it is read on demand. */
export const StageOutput = ({ run: { runId }, stage: { stage, status, finishedAt } }: { run: Run; stage: StageRun }) => {
  const { data, error, isPending } = useQuery({
    queryKey: ['output', runId, stage, finishedAt],
    queryFn: async ({ signal }) => (await api.stages(runId, { stage }, signal)).items[0]?.output ?? null,
    enabled: status === 'succeeded',
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (status !== 'succeeded') return null;
  const text = data === undefined ? '' : JSON.stringify(data, null, 2);
  return (
    <section>
      <div className="mb-1.5 flex items-center gap-2">
        <h3 className="font-semibold">Output</h3>
        {data === null || data === undefined ? null : <CopyButton text={() => text} what={`the output of ${stage}`} />}
      </div>
      {error ? (
        <Notice tone="bad" title="Could not load the output" error={error} />
      ) : isPending ? (
        <Loading what="the output" />
      ) : data === null ? (
        <p className="text-quiet">No output.</p>
      ) : (
        <>
          <pre
            tabIndex={0}
            aria-label={`Output of ${stage}`}
            className="max-h-80 overflow-auto rounded border border-line bg-canvas p-2 font-mono text-xs whitespace-pre-wrap"
          >
            {text.slice(0, SHOWN)}
          </pre>
          {text.length > SHOWN ? (
            <p className="text-quiet">
              The first {formatBytes(SHOWN)} of {formatBytes(text.length)}; Copy takes all of it.
            </p>
          ) : null}
        </>
      )}
    </section>
  );
};
