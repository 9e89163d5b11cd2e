import type { Gate } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api.ts';
import { formatBytes } from '../../format/amounts.ts';
import { ArtifactPreview, type Previewed } from '../../parts/artifacts/artifact-preview.tsx';
import { previewKind } from '../../parts/artifacts/preview-kind.ts';
import { readHead } from '../../parts/artifacts/read-head.ts';
import { Button } from '../../ui/button.tsx';
import { Loading, Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ChangeMark } from './change-mark.tsx';
import type { Change, Comparison } from './compared.ts';
import { useEarlier } from './earlier.ts';
import { TextDiff } from './text-diff.tsx';

type Artifact = Gate['shown'][number]['artifacts'][number];

interface ShownArtifactProps {
  readonly runId: string;
  readonly stage: string;
  readonly artifact: Artifact;
  readonly change: Change | null;
  readonly comparison: Comparison | null;
  readonly openAtFirst: boolean;
}

/** An artifact to be judged: its name until it is opened, then its preview, or what changed in it. */
export const ShownArtifact = ({ runId, stage, artifact, change, comparison, openAtFirst }: ShownArtifactProps) => {
  const [view, setView] = useState<'closed' | 'preview' | 'changes'>(openAtFirst ? 'preview' : 'closed');
  const { name, media_type } = artifact;
  const kept = keptOf(artifact);
  const toggles = (
    <>
      <ChangeMark change={change} />
      {kept !== null && change === 'changed' && isText(kept) ? (
        <Button
          kind="quiet"
          aria-pressed={view === 'changes'}
          onClick={() => setView(view === 'changes' ? 'preview' : 'changes')}
        >
          {view === 'changes' ? 'As it is' : 'What changed'}
          <span className="sr-only"> in {name}</span>
        </Button>
      ) : null}
      {kept === null ? null : (
        <Button
          kind="quiet"
          aria-expanded={view !== 'closed'}
          onClick={() => setView(view === 'closed' ? 'preview' : 'closed')}
        >
          {view === 'closed' ? 'Show' : 'Hide'}
          <span className="sr-only"> {name}</span>
        </Button>
      )}
    </>
  );
  if (kept !== null && view === 'preview') return <ArtifactPreview runId={runId} artifact={kept} beside={toggles} />;
  return (
    <div className="min-w-0 rounded-lg border border-line bg-panel">
      {kept !== null && view === 'changes' && comparison !== null ? (
        <Panel title={name} className="min-w-0 border-0" actions={toggles}>
          <ArtifactDiff runId={runId} stage={stage} artifact={kept} comparison={comparison} />
        </Panel>
      ) : (
        <div className="flex min-h-11 flex-wrap items-center justify-between gap-2 px-4 py-1.5">
          <p className="min-w-0 wrap-anywhere">
            <bdi className="font-semibold">{name}</bdi>{' '}
            <span className="text-quiet">
              {kept === null ? 'no longer stored' : `${media_type}, ${formatBytes(kept.size)}`}
            </span>
          </p>
          <div className="flex flex-wrap items-center gap-2">{toggles}</div>
        </div>
      )}
    </div>
  );
};

const ArtifactDiff = ({
  runId,
  stage,
  artifact,
  comparison,
}: {
  runId: string;
  stage: string;
  artifact: Previewed;
  comparison: Comparison;
}) => {
  const earlier = useEarlier(comparison);
  const before = earlier.data?.shown
    .find((one) => one.stage === stage)
    ?.artifacts.map(keptOf)
    .find((one) => one?.name === artifact.name);
  const texts = useQuery({
    queryKey: ['artifact-heads', runId, artifact.artifact_id, comparison.run_id, before?.artifact_id],
    queryFn: ({ signal }) =>
      Promise.all([readHead(api, comparison.run_id, before!, signal), readHead(api, runId, artifact, signal)]),
    enabled: before !== undefined && before !== null,
    staleTime: Infinity,
  });
  const error = earlier.error ?? texts.error;
  if (error !== null) return <Notice tone="bad" title="Could not load what it was before" error={error} />;
  if (earlier.data && !before)
    return <p className="p-4 text-quiet">The earlier file is no longer stored: only that it differs is known.</p>;
  if (!texts.data) return <Loading what="what it was before" />;
  const [was, is] = texts.data;
  return (
    <>
      {was.cut || is.cut ? (
        <p className="border-b border-line px-4 py-1.5 text-warn">Only the beginnings of these files are compared.</p>
      ) : null}
      <TextDiff before={was.text} now={is.text} label={`What changed in ${artifact.name}`} />
    </>
  );
};

const keptOf = ({ artifact_id, name, media_type, size }: Artifact): Previewed | null =>
  media_type === null || size === null ? null : { artifact_id, name, size, content_type: media_type };

const TEXTS: ReadonlySet<string> = new Set(['text', 'csv', 'json', 'html']);
const isText = (artifact: Previewed): boolean => TEXTS.has(previewKind(artifact));
