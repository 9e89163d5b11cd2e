import type { Gate } from '@millrace/client';
import { useState } from 'react';
import { Link } from '@tanstack/react-router';
import { formatCount } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Loading, Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ChangeMark } from './change-mark.tsx';
import { artifactChange, type Comparison, outputChange, removedFrom } from './compared.ts';
import { useEarlier } from './earlier.ts';
import { ShownArtifact } from './shown-artifact.tsx';
import { type OutputTable, tableOf, textOfOutput } from './shown-output.ts';
import { TextDiff } from './text-diff.tsx';

type Shown = Gate['shown'][number];

interface ShownStageProps {
  readonly runId: string;
  readonly shown: Shown;
  /** Null: there is nothing to compare with. */
  readonly comparison: Comparison | null;
  /** Ids of the artifacts that are open at first. */
  readonly open: ReadonlySet<string>;
}

/** What a stage made: its output and artifacts. All of it is text or media of a stage, and shown as such. */
export const ShownStage = ({ runId, shown, comparison, open }: ShownStageProps) => {
  const { stage, generation, artifacts, more } = shown;
  const removed = removedFrom(comparison, stage);
  return (
    <section aria-label={`What ${stage} made`} className="space-y-3">
      <h2 className="flex flex-wrap items-baseline gap-x-3 text-base font-semibold">
        <Link
          to="/runs/$runId"
          params={{ runId }}
          search={{ stage }}
          className="text-accent underline-offset-2 hover:underline"
        >
          {stage}
        </Link>
        {generation > 1 ? <span className="font-normal text-quiet">generation {generation}</span> : null}
      </h2>
      {artifacts.map((artifact) => (
        <ShownArtifact
          key={artifact.artifact_id}
          runId={runId}
          stage={stage}
          artifact={artifact}
          change={artifactChange(comparison, stage, artifact.name)}
          comparison={comparison}
          openAtFirst={open.has(artifact.artifact_id)}
        />
      ))}
      <Output runId={runId} shown={shown} comparison={comparison} />
      {more > 0 ? (
        <p className="text-quiet">
          {formatCount(more)} more {more === 1 ? 'artifact' : 'artifacts'}: see the artifacts of the run.
        </p>
      ) : null}
      {removed.length === 0 ? null : (
        <p>
          <ChangeMark change="removed" /> <bdi className="wrap-anywhere">{removed.join(', ')}</bdi>
        </p>
      )}
    </section>
  );
};

const Output = ({ runId, shown, comparison }: Pick<ShownStageProps, 'runId' | 'shown' | 'comparison'>) => {
  const { stage, output, output_is } = shown;
  const [comparing, setComparing] = useState(false);
  const change = outputChange(comparison, stage);
  if (output_is === 'here' && output === null && (change === null || change === 'same'))
    return <p className="text-quiet">No output.</p>;
  return (
    <Panel
      title={`Output of ${stage}`}
      className="min-w-0"
      actions={
        output_is === 'here' ? (
          <>
            <ChangeMark change={change} />
            {change === 'changed' ? (
              <Button kind="quiet" aria-pressed={comparing} onClick={() => setComparing(!comparing)}>
                {comparing ? 'As it is' : 'What changed'}
                <span className="sr-only"> in the output of {stage}</span>
              </Button>
            ) : null}
            <CopyButton text={() => textOfOutput(output)} what={`the output of ${stage}`} />
          </>
        ) : null
      }
    >
      {output_is === 'gone' ? (
        <p className="p-4 text-quiet">The stage has been made anew since: what was shown here is no longer kept.</p>
      ) : output_is === 'too_large' ? (
        <p className="p-4 text-quiet">
          Too large to be shown here.{' '}
          <Link to="/runs/$runId" params={{ runId }} search={{ stage }} className="text-accent underline">
            See it with its stage
          </Link>
        </p>
      ) : comparing && comparison !== null ? (
        <OutputDiff comparison={comparison} shown={shown} />
      ) : (
        <OutputValue output={output} stage={stage} />
      )}
    </Panel>
  );
};

const OutputDiff = ({ comparison, shown: { stage, output } }: { comparison: Comparison; shown: Shown }) => {
  const earlier = useEarlier(comparison);
  if (earlier.isPending) return <Loading what="the earlier output" />;
  if (earlier.isError) return <Notice tone="bad" title="Could not load the earlier output" error={earlier.error} />;
  const before = earlier.data.shown.find((one) => one.stage === stage);
  if (before?.output_is !== 'here')
    return <p className="p-4 text-quiet">The earlier output is no longer kept: only that it differs is known.</p>;
  return (
    <TextDiff
      before={textOfOutput(before.output)}
      now={textOfOutput(output)}
      label={`What changed in the output of ${stage}`}
    />
  );
};

const OutputValue = ({ output, stage }: { output: unknown; stage: string }) => {
  if (typeof output === 'string')
    return (
      <pre
        role="region"
        aria-label={`Output of ${stage}, as text`}
        tabIndex={0}
        dir="ltr"
        className="max-h-[70dvh] overflow-auto p-4 font-sans wrap-anywhere whitespace-pre-wrap"
      >
        {output}
      </pre>
    );
  const table = tableOf(output);
  if (table !== null) return <OutputRows table={table} stage={stage} />;
  return (
    <div
      role="region"
      aria-label={`Output of ${stage}, as JSON`}
      tabIndex={0}
      className="max-h-[70dvh] overflow-auto p-4"
    >
      <JsonTree value={output} label={`Content of the output of ${stage}`} open={2} />
    </div>
  );
};

/** Rows drawn at most. */
const MOST_ROWS = 200;

const OutputRows = ({ table: { columns, rows }, stage }: { table: OutputTable; stage: string }) => (
  <div role="region" aria-label={`Output of ${stage}, as a table`} tabIndex={0} className="max-h-[65dvh] overflow-auto">
    <table className="text-left">
      <thead className="sticky top-0 bg-raised">
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col" className="px-3 py-1.5 font-medium whitespace-nowrap">
              <bdi>{column}</bdi>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, MOST_ROWS).map((cells, row) => (
          <tr key={row} className="border-t border-line align-top">
            {cells.map((cell, at) => (
              <td key={columns[at]} className="max-w-96 px-3 py-1 wrap-anywhere">
                <bdi>{cell}</bdi>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    {rows.length > MOST_ROWS ? (
      <p className="border-t border-line p-3 text-quiet">
        The first {MOST_ROWS} of {formatCount(rows.length)} rows; Copy takes all of them.
      </p>
    ) : null}
  </div>
);
