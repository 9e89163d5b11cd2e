import type { Artifact } from '@millrace/client';
import { type KeyboardEvent, memo, useEffect, useRef } from 'react';
import { formatBytes } from '../../../format/amounts.ts';
import { contentHref, DownloadLink } from '../../../parts/artifacts/download-link.tsx';
import { Instant } from '../../../ui/times.tsx';
import { CopyButton } from '../details/copy-button.tsx';

interface ArtifactListProps {
  readonly runId: string;
  readonly artifacts: readonly Artifact[];
  readonly chosenId: string | undefined;
  readonly onChoose: (artifactId: string) => void;
}

/** Arrow keys move between names. */
export const ArtifactList = ({ runId, artifacts, chosenId, onChoose }: ArtifactListProps) => {
  const box = useRef<HTMLDivElement>(null);
  // The default selection may be at the end.
  useEffect(() => {
    const chosen = box.current?.querySelector<HTMLElement>('[aria-pressed="true"]')?.closest('tr');
    if (box.current && chosen) box.current.scrollTop = Math.max(box.current.scrollTop, chosen.offsetTop + chosen.offsetHeight - box.current.clientHeight);
  }, [chosenId]);
  const step = (event: KeyboardEvent<HTMLElement>): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined || !(event.target instanceof HTMLElement) || event.target.dataset['name'] === undefined) return;
    const names = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-name]')];
    names[names.indexOf(event.target) + by]?.focus();
    event.preventDefault();
  };
  return (
    <div role="region" aria-label="Artifacts" tabIndex={0} ref={box} className="max-h-96 overflow-auto rounded-lg border border-line bg-panel">
      <table className="w-full min-w-[56rem] text-left">
        <thead className="sticky top-0 bg-raised text-quiet">
          <tr>
            {['Name', 'Stage', 'Size', 'Type', 'SHA-256', 'Stored'].map((name) => (
              <th key={name} scope="col" className={`px-3 py-1.5 font-medium ${name === 'Size' ? 'text-right' : ''}`}>
                {name}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody onKeyDown={step}>
          {artifacts.map((artifact) => (
            <Row key={artifact.artifact_id} runId={runId} artifact={artifact} chosen={artifact.artifact_id === chosenId} onChoose={onChoose} />
          ))}
        </tbody>
      </table>
    </div>
  );
};

const Row = memo(({ runId, artifact, chosen, onChoose }: { runId: string; artifact: Artifact; chosen: boolean; onChoose: (artifactId: string) => void }) => (
  <tr className={`border-t border-line ${chosen ? 'bg-raised' : ''}`}>
    <th scope="row" className="w-2/5 min-w-52 px-3 py-1.5 font-medium">
      <button
        type="button"
        data-name=""
        aria-pressed={chosen}
        onClick={() => onChoose(artifact.artifact_id)}
        className="text-left text-accent underline-offset-2 wrap-anywhere hover:underline"
      >
        <bdi>{artifact.name}</bdi>
      </button>
    </th>
    <td className="px-3 whitespace-nowrap">
      {artifact.stage}
      {artifact.attempt > 1 ? <span className="text-faint"> #{artifact.attempt}</span> : null}
    </td>
    <td className="px-3 text-right whitespace-nowrap" title={`${artifact.size} bytes`}>
      {formatBytes(artifact.size)}
    </td>
    <td className="max-w-40 truncate px-3 text-quiet" title={artifact.content_type}>
      {artifact.content_type}
    </td>
    <td className="px-3 font-mono whitespace-nowrap" title={artifact.sha256}>
      {artifact.sha256.slice(0, 8)}
      <CopyButton text={() => artifact.sha256} what={`the SHA-256 of ${artifact.name}`} />
    </td>
    <td className="px-3">
      <Instant at={artifact.stored_at} />
    </td>
    <td className="px-3 text-right">
      <DownloadLink href={contentHref(runId, artifact.artifact_id)} label={`Download ${artifact.name}`}>
        Download
      </DownloadLink>
    </td>
  </tr>
));
